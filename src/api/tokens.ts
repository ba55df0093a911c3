/** Tokens that the API's login gives out: JSON Web Tokens (RFC 7519), HS256. */
import { createSigner, createVerifier } from 'fast-jwt'

/** In seconds. */
const brief = 60

export class Tokens {
  readonly #sign: (payload: { sub: string }) => string
  readonly #signBriefly: (payload: { sub: string }) => string
  readonly #verify: (token: string) => { sub?: unknown }

  /** @param lifetime in seconds */
  constructor (secret: string, lifetime: number) {
    this.#sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: lifetime * 1000 })
    this.#signBriefly = createSigner({ key: secret, algorithm: 'HS256', expiresIn: Math.min(lifetime, brief) * 1000 })
    this.#verify = createVerifier({ key: secret, algorithms: ['HS256'], cache: true })
  }

  issue (user: string): string {
    return this.#sign({ sub: user })
  }

  /** For a client that is about to come again: valid for a minute. */
  issueBriefly (user: string): string {
    return this.#signBriefly({ sub: user })
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
