/** Passwords of users: hashed with scrypt (RFC 7914), or plain in the configuration. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** OWASP's smallest cost for scrypt that stays below 100 ms here: 32 MiB of memory. */
const cost = { N: 2 ** 15, r: 8, p: 1 }
const length = 32

/** @returns `scrypt$N$r$p$salt$hash`, the last two in base64url: what a user's `password` may be in the configuration */
export async function hashPassword (password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, cost)
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/**
 * Takes some 80 ms for a hash, so whoever asks often remembers the answer.
 * @param stored from the configuration: plain, or from `hashPassword`
 */
export async function verifyPassword (password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split('$')
  if (scheme !== 'scrypt' || salt === undefined || hash === undefined) return timingSafeEqual(digest(password), digest(stored))
  const expected = Buffer.from(hash, 'base64url')
  const actual = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) })
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

// Comparing digests takes the same time wherever and however long the texts differ.
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function derive (password: string, salt: Buffer, options: typeof cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const maxmem = 256 * options.N * options.r
    scrypt(password.normalize('NFKC'), salt, length, { ...options, maxmem }, (error, hash) => error === null ? resolve(hash) : reject(error))
  })
}
