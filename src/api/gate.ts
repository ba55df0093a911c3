/** Who gets in: users by password or token, and, where nobody has to log in, no web page that a user's own browser has open. */
import { LRUCache } from 'lru-cache'
import type { Passwords } from './passwords.js'
import type { Tokens } from './tokens.js'

/** The parts of a request that say who asks. */
export interface Credentials {
  /** The `Authorization` header: `Basic …` (RFC 7617) or `Bearer …` (RFC 6750). */
  readonly authorization: string | undefined
  /** The path with its query, where a client that cannot set headers puts `?token=…`. */
  readonly target: string
}

export interface GateOptions {
  readonly passwords: Passwords
  readonly tokens: Tokens
}

const cached = 1000
const cachedFor = 60_000

/** Identifies users. Without any configured it lets everybody in, as the user with the empty name. */
export class Gate {
  readonly #passwords: Passwords
  readonly #tokens: Tokens
  readonly #checked = new LRUCache<string, string>({ max: cached, ttl: cachedFor })

  constructor ({ passwords, tokens }: GateOptions) {
    this.#passwords = passwords
    this.#tokens = tokens
  }

  /** Whether nobody has to log in. */
  get open (): boolean {
    return this.#passwords.none
  }

  /** The user, or undefined when these credentials are none. A promise only when a password has to be hashed. */
  identify ({ authorization, target }: Credentials): string | undefined | Promise<string | undefined> {
    const token = bearerOf(authorization) ?? (this.open ? undefined : queryToken(target))
    // A token that is shown has to be right, also where none is asked for: its bearer believes in it.
    if (token !== undefined) return this.#tokens.userOf(token)
    if (this.open) return ''
    if (authorization === undefined) return undefined
    return this.#checked.get(authorization) ?? this.#checkPassword(authorization)
  }

  async #checkPassword (authorization: string): Promise<string | undefined> {
    const login = basicOf(authorization)
    if (login === undefined || !await this.#passwords.check(login.name, login.password)) return undefined
    this.#checked.set(authorization, login.name)
    return login.name
  }
}

function bearerOf (authorization: string | undefined): string | undefined {
  return schemeIs(authorization, 'bearer ') ? authorization.slice(7).trim() : undefined
}

function basicOf (authorization: string): { name: string, password: string } | undefined {
  if (!schemeIs(authorization, 'basic ')) return undefined
  const text = Buffer.from(authorization.slice(6), 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function schemeIs (authorization: string | undefined, scheme: string): authorization is string {
  return authorization !== undefined && authorization.slice(0, scheme.length).toLowerCase() === scheme
}

function queryToken (target: string): string | undefined {
  const query = target.indexOf('?')
  return query < 0 ? undefined : new URLSearchParams(target.slice(query)).get('token') ?? undefined
}
