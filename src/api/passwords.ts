/** The users' passwords: plain, or hashed by scrypt (RFC 7914) as `scrypt$N$r$p$salt$hash` with base64url parts. */
import { createHash, scrypt, timingSafeEqual } from 'node:crypto'

export interface User {
  readonly name: string
  readonly password: string
}

/** Hashing takes a processor for tens of milliseconds: somebody who guesses may keep no more than one busy. */
const hashesAtOnce = 1
const maxWaiting = 64

export class Passwords {
  readonly #stored: ReadonlyMap<string, string>
  #hashing = 0
  readonly #waiting: (() => void)[] = []

  constructor (users: readonly User[]) {
    this.#stored = new Map(users.map(({ name, password }) => [name, password]))
  }

  /** Whether there are no users: nobody has to log in. */
  get none (): boolean {
    return this.#stored.size === 0
  }

  /** Whether this is the user's password, in a time that does not tell how much of it is right. */
  async check (name: string, password: string): Promise<boolean> {
    const stored = this.#stored.get(name)
    const hash = parseHash(stored ?? [...this.#stored.values()][0] ?? '')
    const right = hash === undefined ? equal(password, stored ?? '') : await this.#checkHash(password, hash)
    return right && stored !== undefined
  }

  async #checkHash (password: string, { N, r, p, salt, key }: Hash): Promise<boolean> {
    if (this.#waiting.length >= maxWaiting) return false
    if (this.#hashing >= hashesAtOnce) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#hashing++
    try {
      const derived = await new Promise<Buffer>((resolve, reject) => {
        scrypt(password, salt, key.length, { N, r, p, maxmem: 256 * N * r }, (error, derived) => error === null ? resolve(derived) : reject(error))
      })
      return timingSafeEqual(derived, key)
    } finally {
      this.#hashing--
      this.#waiting.shift()?.()
    }
  }
}

interface Hash {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Buffer
  readonly key: Buffer
}

function parseHash (stored: string): Hash | undefined {
  const [scheme, N, r, p, salt, key] = stored.split('$')
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) return undefined
  return { N: Number(N), r: Number(r), p: Number(p), salt: Buffer.from(salt, 'base64url'), key: Buffer.from(key, 'base64url') }
}

function equal (a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b))
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
