/** The users' passwords, checked one at a time: hashing takes a processor for a while, and somebody who guesses may keep no more than one busy. */
import { verifyPassword } from './password-hash.js'

export interface User {
  readonly name: string
  /** Plain, or what `tggrid hash-password` prints. */
  readonly password: string
}

/** Guesses that may wait for their turn; more are wrong at once. */
const mostWaiting = 64

export class Passwords {
  readonly #stored: ReadonlyMap<string, string>
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor (users: readonly User[]) {
    this.#stored = new Map(users.map(({ name, password }) => [name, password]))
  }

  /** Whether there are no users: nobody has to log in. */
  get none (): boolean {
    return this.#stored.size === 0
  }

  /** Whether this is the user's password. An unknown name takes as long as a known one, so that names cannot be found out. */
  async check (name: string, password: string): Promise<boolean> {
    const stored = this.#stored.get(name)
    const [any = ''] = this.#stored.values()
    if (this.#waiting >= mostWaiting) return false
    this.#waiting++
    const checked = this.#last.then(() => verifyPassword(password, stored ?? any))
    this.#last = checked.catch(() => {}).finally(() => this.#waiting--)
    return await checked && stored !== undefined
  }
}
