/** The head of an answer (RFC 9112, §4): where it ends, and what of it is for the client. */
import type { FieldScanner } from './fields.js'
import { Refusal } from './refusal.js'

const CR = 13
const LF = 10
const SPACE = 32
const version = Buffer.from('HTTP/1.', 'latin1')

export class ResponseHead {
  readonly status: number
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minor: number
  /** Bytes of the body, when the head says so. */
  length: number | undefined
  chunked = false
  /** The upstream will close its connection. */
  closes: boolean
  readonly #bytes: Buffer
  readonly #scanner: FieldScanner
  readonly #fields: number
  #hopByHop = false

  /** @param bytes begin with the whole head @throws Refusal with 502 */
  constructor (bytes: Buffer, scanner: FieldScanner) {
    this.#bytes = bytes
    this.#scanner = scanner
    this.#fields = bytes.indexOf(LF) + 1
    this.status = statusOf(bytes, this.#fields - 2)
    this.minor = (bytes[7] ?? 0) - 48
    this.closes = this.minor === 0
    this.#readFields()
  }

  /** An answer before the answer (RFC 9110, §15.2); 101 is the last one. */
  get interim (): boolean {
    return this.status < 200 && this.status !== 101
  }

  /** Whether the bytes can go to the client as they are. */
  get plain (): boolean {
    return !this.#hopByHop
  }

  /** The head for the client, without what was for our hop. @param close tells the client that its connection ends */
  forward (close: boolean): string {
    const bytes = this.#bytes
    const fields = this.#scanner
    let head = bytes.toString('latin1', 0, this.#fields)
    let kept = this.#fields
    fields.begin(bytes, this.#fields, 502)
    while (fields.next()) {
      if (!this.#isHopByHop()) continue
      head += bytes.toString('latin1', kept, fields.lineStart)
      kept = fields.lineEnd
    }
    return head + bytes.toString('latin1', kept, fields.lineStart) + (close ? 'Connection: close\r\n\r\n' : '\r\n')
  }

  #readFields (): void {
    const fields = this.#scanner
    fields.begin(this.#bytes, this.#fields, 502)
    while (fields.next()) {
      switch (fields.nameEnd - fields.lineStart) {
        case 10: this.#readConnection(); break
        case 14: if (fields.is('content-length')) this.#readLength(); break
        case 16: this.#hopByHop ||= fields.is('proxy-connection'); break
        case 17: if (fields.is('transfer-encoding')) this.#readCoding()
      }
    }
    if (this.chunked && this.length !== undefined) throw new Refusal(502, 'the answer has both Content-Length and Transfer-Encoding')
  }

  #readConnection (): void {
    const fields = this.#scanner
    if (fields.is('connection')) {
      this.#hopByHop = true
      if (fields.value().toLowerCase().includes('close')) this.closes = true
    } else if (fields.is('keep-alive')) {
      this.#hopByHop = true
    }
  }

  #readLength (): void {
    if (this.length !== undefined) throw new Refusal(502, 'the answer has several Content-Length headers')
    this.length = this.#scanner.length()
  }

  #readCoding (): void {
    if (this.chunked || !this.#scanner.valueIs('chunked')) throw new Refusal(502, 'the answer has a transfer coding other than chunked')
    this.chunked = true
  }

  #isHopByHop (): boolean {
    const fields = this.#scanner
    switch (fields.nameEnd - fields.lineStart) {
      case 10: return fields.is('keep-alive') || (this.status !== 101 && fields.is('connection'))
      case 16: return fields.is('proxy-connection')
      default: return false
    }
  }
}

/** Of `HTTP/1.x NNN reason`; the reason may be missing. @param end of the line, before its CRLF */
function statusOf (bytes: Buffer, end: number): number {
  const status = digitAt(bytes, 9) * 100 + digitAt(bytes, 10) * 10 + digitAt(bytes, 11)
  const proper = isHttp1(bytes) && status >= 100 && status <= 599 && (end === 12 || (end > 12 && bytes[12] === SPACE)) && bytes[end] === CR
  if (!proper) throw new Refusal(502, `the answer begins with ${JSON.stringify(bytes.toString('latin1', 0, Math.min(40, end)))}, which is no status line`)
  return status
}

/** `HTTP/1.1 ` or `HTTP/1.0 `. */
function isHttp1 (bytes: Buffer): boolean {
  for (let at = 0; at < version.length; at++) {
    if (bytes[at] !== version[at]) return false
  }
  return (bytes[7] === 48 || bytes[7] === 49) && bytes[8] === SPACE
}

/** NaN for what is no digit. */
function digitAt (bytes: Buffer, at: number): number {
  const digit = (bytes[at] ?? 0) - 48
  return digit >= 0 && digit <= 9 ? digit : NaN
}
