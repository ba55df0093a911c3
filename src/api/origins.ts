/**
 * Keeps web pages out of a grid. A page that a user's own browser has open can send requests to localhost (and, by DNS rebinding,
 * read the answers): such requests carry an Origin, or a Host that is no name of this machine.
 */

export interface OriginsOptions {
  /** Further names by which clients address this grid. */
  readonly allowedHosts: readonly string[]
  /** Pages that may use it, such as `https://tests.example.com`; `*` is every page. */
  readonly allowedOrigins: readonly string[]
  /** Whether Host is checked: where everybody has to log in, a rebound name opens nothing. */
  readonly checkHost: boolean
}

const remembered = 1000

export class Origins {
  readonly #options: OriginsOptions
  readonly #known = new Map<string, boolean>()

  constructor (options: OriginsOptions) {
    this.#options = options
  }

  /** Why a request is refused, or undefined when it may pass. */
  refusal (host: string | undefined, origin: string | undefined): string | undefined {
    if (host !== undefined && this.#options.checkHost && !this.#knows(host)) return `this grid is not known as ${quote(host)} (allowedHosts), and nobody has to log in to it`
    if (origin !== undefined && !this.#mayUse(origin, host)) return `pages of ${quote(origin)} may not use this grid (allowedOrigins)`
    return undefined
  }

  #knows (host: string): boolean {
    const known = this.#known.get(host)
    if (known !== undefined) return known
    if (this.#known.size >= remembered) this.#known.clear()
    const answer = isLocalName(nameOf(host)) || this.#options.allowedHosts.includes(nameOf(host))
    this.#known.set(host, answer)
    return answer
  }

  #mayUse (origin: string, host: string | undefined): boolean {
    const { allowedOrigins } = this.#options
    if (allowedOrigins.includes(origin) || allowedOrigins.includes('*')) return true
    // Our own pages (the API's documentation) come from where they ask.
    return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`) && (isLocalName(nameOf(host)) || !this.#options.checkHost)
  }
}

/** Host without its port, in lower case. */
function nameOf (host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  return (end > 0 ? host.slice(0, end) : host).toLowerCase()
}

/** Names that no foreign DNS server can point here: addresses, localhost, and names without a dot (a container's, a machine's). */
function isLocalName (name: string): boolean {
  if (name.startsWith('[') || !name.includes('.')) return true
  const last = name.slice(name.lastIndexOf('.') + 1)
  return last === 'localhost' || (last !== '' && [...last].every(digit => digit >= '0' && digit <= '9'))
}

function quote (text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
