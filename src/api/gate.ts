/** Who gets in: users by password or token, and, where nobody has to log in, no web page that a user's own browser has open. */
import { LRUCache } from 'lru-cache'
import type { Passwords } from './passwords.js'
import type { Tokens } from './tokens.js'

/** A request, as far as it says who asks. */
export interface Asking {
  /** A header's value; `authorization` has `Basic …` (RFC 7617) or `Bearer …` (RFC 6750). @param name in lower case */
  header (name: string): string | undefined
  /** The path with its query, where a client that cannot set headers puts `?token=…`. */
  readonly target: string
}

/** Says who asks. */
export interface Doorkeeper {
  /** Whether nobody has to log in. */
  readonly open: boolean
  /** The user, or undefined when these credentials are none. A promise only when a password has to be hashed. */
  identify (asking: Asking): string | undefined | Promise<string | undefined>
}

export interface GateOptions {
  readonly passwords: Passwords
  readonly tokens: Tokens
}

const cached = 1000
const cachedFor = 60_000

/** Identifies users. Without any configured it lets everybody in, as the user with the empty name. */
export class Gate implements Doorkeeper {
  readonly #passwords: Passwords
  readonly #tokens: Tokens
  readonly #checked = new LRUCache<string, string>({ max: cached, ttl: cachedFor })

  constructor ({ passwords, tokens }: GateOptions) {
    this.#passwords = passwords
    this.#tokens = tokens
  }

  get open (): boolean {
    return this.#passwords.none
  }

  identify (asking: Asking): string | undefined | Promise<string | undefined> {
    const authorization = asking.header('authorization')
    const token = bearerOf(authorization) ?? (this.open ? undefined : queryToken(asking.target))
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

/** Of an agent, whom only routers reach: they have asked for credentials already, and say who it is. */
export const routersWord: Doorkeeper = {
  open: true,
  identify: userIn
}

/** Whom a router speaks for. Undefined when what it says is none. */
export function userIn (asking: Pick<Asking, 'header'>): string | undefined {
  try {
    return decodeURIComponent(asking.header('x-tggrid-user') ?? '')
  } catch {
    return undefined
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
