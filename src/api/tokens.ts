/** Tokens that the API's login gives out: JSON Web Tokens (RFC 7519), HS256. */
import { createSigner, createVerifier } from 'fast-jwt'

export class Tokens {
  readonly #sign: (payload: { sub: string }) => string
  readonly #verify: (token: string) => { sub?: unknown }

  /** @param lifetime in seconds */
  constructor (secret: string, lifetime: number) {
    this.#sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: lifetime * 1000 })
    this.#verify = createVerifier({ key: secret, algorithms: ['HS256'], cache: true })
  }

  issue (user: string): string {
    return this.#sign({ sub: user })
  }

  /** Undefined when the token is not ours or has expired. */
  userOf (token: string): string | undefined {
    try {
      const { sub } = this.#verify(token)
      return typeof sub === 'string' ? sub : undefined
    } catch {
      return undefined
    }
  }
}
