/** Requests as Node's own strict HTTP parser (llhttp) reads them: the second opinion on where each one ends. */
import { createRequire } from 'node:module'
import { METHODS } from 'node:http'

/** One request as somebody has read it. */
export interface Read {
  readonly method: string
  readonly target: string
  body: string
  complete: boolean
  /** The connection ends with it. */
  readonly last: boolean
  /** Node takes all behind its head as another protocol, which only its server's code would tell. */
  readonly foreign: boolean
}

export interface Reading {
  readonly requests: Read[]
  /** Why the bytes were refused; undefined while they are not. */
  readonly refused: string | undefined
}

/** The binding as `http` itself uses it; it has no public types. */
interface Parser {
  [event: number]: (...args: never[]) => unknown
  initialize (type: number, resource: object, maxHeaderSize: number, lenient: number): void
  execute (bytes: Buffer): number | Error
  free (): void
}

interface Binding {
  new (): Parser
  readonly REQUEST: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as { HTTPParser: Binding }
const mostHead = 64 * 1024

/** versionMajor, versionMinor, headers, method, url, statusCode, statusMessage, upgrade, shouldKeepAlive */
type Headers = [number, number, string[] | undefined, number, string | undefined, number, string, boolean, boolean]

/** The parser's numbers of the methods, found by asking it. */
const methodNames = new Map(METHODS.map(name => [methodNumber(name), name]))

export class NodeParser implements Reading {
  readonly requests: Read[] = []
  refused: string | undefined
  readonly #parser = new HTTPParser()
  #headers: string[] = []
  #url = ''
  #over = false

  constructor () {
    const parser = this.#parser
    parser.initialize(HTTPParser.REQUEST, {}, mostHead, 0)
    parser[HTTPParser.kOnHeaders] = (headers: string[], url: string) => { this.#headers.push(...headers); this.#url += url }
    parser[HTTPParser.kOnHeadersComplete] = (...[, minor, headers, method, url,,, upgrade, keepAlive]: Headers) => {
      this.#head(minor, headers ?? this.#headers, { method: methodNames.get(method) ?? '?', target: url ?? this.#url, body: '', complete: false, last: upgrade || !keepAlive || minor === 0, foreign: upgrade }) // the edge closes behind HTTP/1.0
      this.#forget()
      return 0
    }
    parser[HTTPParser.kOnBody] = (bytes: Buffer) => { this.#body(bytes.toString('latin1')) }
    parser[HTTPParser.kOnMessageComplete] = () => this.#complete()
  }

  /** Reads on; what comes behind a refusal, or behind a connection's last request, is not looked at. */
  take (bytes: Buffer): void {
    if (this.#over || this.refused !== undefined) return
    const result = this.#parser.execute(bytes)
    if (result instanceof Error && !this.#over) this.refused ??= (result as Error & { reason?: string }).reason ?? result.message
  }

  free (): void {
    this.#parser.free()
  }

  /** `http`'s server itself demands the Host header, not the parser (`requireHostHeader`). */
  #head (minor: number, headers: string[], read: Read): void {
    if (this.#over) return
    const named = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
    if (minor === 1 && !named) this.refused ??= 'no Host header'
    if (this.refused === undefined) this.requests.push(read)
  }

  #body (text: string): void {
    const read = this.requests.at(-1)
    if (read !== undefined && this.refused === undefined && !this.#over) read.body += text
  }

  #forget (): void {
    this.#headers = []
    this.#url = ''
  }

  #complete (): void {
    this.#forget() // trailers come the same way as headers
    const read = this.requests.at(-1)
    if (read === undefined || this.refused !== undefined) return
    read.complete = true
    if (read.last) this.#over = true
  }
}

function methodNumber (name: string): number {
  const parser = new HTTPParser()
  let found = -1
  parser.initialize(HTTPParser.REQUEST, {}, mostHead, 0)
  parser[HTTPParser.kOnHeadersComplete] = (...[,,, method]: Headers) => { found = method; return 0 }
  parser.execute(Buffer.from(`${name} ${name === 'CONNECT' ? 'a:1' : '/'} HTTP/1.1\r\nHost: a\r\n\r\n`))
  return found
}
