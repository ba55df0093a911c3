/** The head of a request (RFC 9112, §3): just what is needed to know where it goes, and where it ends. */
import type { FieldScanner } from './fields.js'
import { Refusal } from './refusal.js'

const methods = ['GET', 'POST', 'DELETE', 'PUT', 'HEAD', 'PATCH', 'OPTIONS'] as const

/** Who reads a head that is passed on: it decides which lines are, beside hop-by-hop ones, which never are. */
export interface Audience {
  readonly kind: 'browser' | 'control' | 'agent'
  /** On whose behalf. An agent takes our word for it. */
  readonly user: string
  /** A browser's or driver's own name; `localhost` when absent. */
  readonly host?: string
}

/** What one reads heads of a connection with. */
export interface Reading {
  readonly scanner: FieldScanner
  /** The client's address. */
  readonly peer: string
}

export class RequestHead {
  method = ''
  /** Path and query, as they came: `/…` in visible ASCII. */
  target = ''
  /** The client's address. */
  readonly peer: string
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  minor = 1
  /** Bytes of the body; undefined when there is no Content-Length. */
  length: number | undefined
  chunked = false
  /** A WebSocket is asked for (RFC 6455, §4.1); any other upgrade is ignored. */
  upgrade = false
  /** The client waits for `100 Continue` before it sends the body (RFC 9110, §10.1.1). */
  expects = false
  /** The connection is to be closed after the answer. */
  closes = false
  readonly #bytes: Buffer
  /** The head alone, of the bytes. */
  readonly #text: string
  readonly #scanner: FieldScanner
  #fields = 0
  #hosts = 0
  #wantsUpgrade = false
  #connectionUpgrade = false
  /** Names in Connection that are hop-by-hop by being named there; undefined for the usual ones. */
  #named: string[] | undefined

  /** @param bytes begin with the whole head @param end behind its empty line @throws Refusal */
  constructor (bytes: Buffer, end: number, { scanner, peer }: Reading) {
    this.#bytes = bytes
    this.#text = bytes.toString('latin1', 0, end)
    this.#scanner = scanner
    this.peer = peer
    this.#readLine()
    this.#readFields()
    this.#check()
  }

  /** A header's value, or undefined. @param name in lower case */
  header (name: string): string | undefined {
    const fields = this.#scanner
    fields.begin(this.#bytes, this.#fields, 400)
    while (fields.next()) {
      if (fields.is(name)) return fields.value() // not a slice: whoever keeps it would keep the whole head
    }
    return undefined
  }

  /** The head as it goes upstream. @param target replaces ours @param audience who reads it @param length of a body that came in chunks and goes on whole */
  forward (target: string, audience: Audience, length?: number): string {
    const text = this.#text
    const fields = this.#scanner
    // The version is each hop's own (RFC 9110, §2.5); a driver hangs up on HTTP/1.0.
    let head = `${this.method} ${target} HTTP/1.${audience.kind === 'browser' ? 1 : this.minor}\r\n${this.#introduction(audience)}`
    let kept = this.#fields
    fields.begin(this.#bytes, this.#fields, 400)
    while (fields.next()) {
      if (!this.#isDropped(audience.kind) && (length === undefined || !fields.is('transfer-encoding'))) continue
      head += text.slice(kept, fields.lineStart)
      kept = fields.lineEnd
    }
    return head + text.slice(kept, fields.lineStart) + (length === undefined ? '' : `Content-Length: ${length}\r\n`) + (this.upgrade ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n' : '\r\n')
  }

  /** What we say about the client. */
  #introduction ({ kind, user, host = 'localhost' }: Audience): string {
    if (kind === 'browser') return `Host: ${host}\r\n`
    return kind === 'agent' ? `x-tggrid-peer: ${this.peer}\r\nx-tggrid-user: ${encodeURIComponent(user)}\r\n` : `x-tggrid-peer: ${this.peer}\r\n`
  }

  #readLine (): void {
    const end = this.#text.indexOf('\r\n')
    const line = this.#text.slice(0, end)
    const first = line.indexOf(' ')
    const last = line.lastIndexOf(' ')
    const version = versionAt(line, last + 1)
    this.method = line.slice(0, first)
    this.target = line.slice(first + 1, last)
    this.#fields = end + 2
    if (first <= 0 || last <= first) throw new Refusal(400, 'the request line is not method, target, version')
    if (version === undefined) throw new Refusal(line.slice(last + 1).startsWith('HTTP/') ? 505 : 400, 'only HTTP/1.1 and HTTP/1.0 are spoken here')
    if (this.method === 'get') this.method = 'GET' // nodriver's way, which Chrome takes; no other one, since HEAD's answers are framed otherwise
    if (!methods.includes(this.method as typeof methods[number])) throw new Refusal(501, `the method is none of ${methods.join(', ')}`)
    if (!isTarget(this.target)) throw new Refusal(400, 'the request\'s target is not a path of visible ASCII characters')
    this.minor = version
  }

  #readFields (): void {
    const fields = this.#scanner
    fields.begin(this.#bytes, this.#fields, 400)
    while (fields.next()) {
      // By length first: most headers are told apart by that alone.
      switch (fields.nameEnd - fields.lineStart) {
        case 4: if (fields.is('host')) this.#hosts++; break
        case 6: if (fields.is('expect')) this.#readExpect(); break
        case 7: if (fields.is('upgrade')) this.#wantsUpgrade ||= fields.valueIs('websocket'); break
        case 10: if (fields.is('connection')) this.#readConnection(); break
        case 14: if (fields.is('content-length')) this.#readLength(); break
        case 17: if (fields.is('transfer-encoding')) this.#readCoding()
      }
    }
  }

  #check (): void {
    if (this.#hosts > 1) throw new Refusal(400, 'two Host headers')
    if (this.#hosts === 0 && this.minor === 1) throw new Refusal(400, 'no Host header')
    if (this.chunked && this.length !== undefined) throw new Refusal(400, 'both Content-Length and Transfer-Encoding')
    if (this.chunked && this.minor === 0) throw new Refusal(400, 'Transfer-Encoding in HTTP/1.0')
    this.closes ||= this.minor === 0
    this.upgrade = this.#wantsUpgrade && this.#connectionUpgrade && this.minor === 1 && this.method === 'GET'
    if (this.upgrade && (this.chunked || (this.length ?? 0) > 0)) throw new Refusal(400, 'a body in a request for a WebSocket')
  }

  #readExpect (): void {
    if (!this.#scanner.valueIs('100-continue')) throw new Refusal(417, 'Expect can be 100-continue only')
    this.expects = this.minor === 1
  }

  #readLength (): void {
    if (this.length !== undefined) throw new Refusal(400, 'several Content-Length headers')
    if (this.#scanner.isPadded) throw new Refusal(400, 'white space behind Content-Length')
    this.length = this.#scanner.length()
  }

  #readCoding (): void {
    if (this.chunked) throw new Refusal(400, 'several Transfer-Encoding headers')
    if (!this.#scanner.valueIs('chunked')) throw new Refusal(501, 'a transfer coding other than chunked')
    if (this.#scanner.isPadded) throw new Refusal(400, 'white space behind Transfer-Encoding')
    this.chunked = true
  }

  #readConnection (): void {
    const fields = this.#scanner
    if (fields.valueIs('keep-alive')) return
    for (const part of fields.value().toLowerCase().split(',')) {
      const option = part.replace(/^[ \t]+|[ \t]+$/g, '') // not trim: a no-break space is none (RFC 9110, §5.6.3)
      if (option === 'close') this.closes = true
      else if (option === 'upgrade') this.#connectionUpgrade = true
      else if (endToEnd.has(option)) throw new Refusal(400, `Connection names ${option}, which is not for one hop`)
      else if (option !== '' && option !== 'keep-alive') (this.#named ??= []).push(option)
    }
  }

  /** Whether the scanner's field stays here: hop-by-hop (RFC 9110, §7.6.1), ours to say, or not for this audience. */
  #isDropped (reader: Audience['kind']): boolean {
    const fields = this.#scanner
    if (this.#named?.includes(fields.name()) === true) return true
    switch (fields.nameEnd - fields.lineStart) {
      case 2: return fields.is('te')
      case 4: return reader === 'browser' && fields.is('host')
      case 6: return fields.is('expect') || (reader !== 'control' && fields.is('origin'))
      case 7: return fields.is('upgrade')
      case 10: return fields.is('connection') || fields.is('keep-alive')
      case 13: return fields.is('x-tggrid-peer') || fields.is('x-tggrid-user') || (reader !== 'control' && fields.is('authorization'))
      case 14: return fields.is('http2-settings')
      case 16: return fields.is('proxy-connection')
      case 19: return fields.is('proxy-authorization')
      default: return false
    }
  }
}

/** Without these a request would mean something else to the next one who reads it. */
const endToEnd = new Set(['host', 'content-length', 'transfer-encoding', 'authorization', 'origin', 'sec-websocket-key', 'sec-websocket-version'])

/** 1 for HTTP/1.1, 0 for HTTP/1.0, undefined for all else. */
function versionAt (line: string, at: number): 0 | 1 | undefined {
  if (line.length !== at + 8 || !line.startsWith('HTTP/1.', at)) return undefined
  const minor = line.charCodeAt(at + 7) - 48
  return minor === 1 || minor === 0 ? minor : undefined
}

function isTarget (target: string): boolean {
  if (target.charCodeAt(0) !== 47) return false
  for (let i = 1; i < target.length; i++) {
    const byte = target.charCodeAt(i)
    if (byte <= 32 || byte >= 127) return false
  }
  return true
}
