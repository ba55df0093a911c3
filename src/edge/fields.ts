/**
 * Walks the field lines of a head (RFC 9112, §5) byte by byte, as strict as the grammar: a name is a token right before its colon,
 * a line ends with CRLF and is not folded, a value has no control characters. One scanner serves many heads; nothing is allocated.
 * A head is walked several times: the places found by the first walk are kept until another head comes.
 */
import { Refusal } from './refusal.js'
import { isTokenByte } from './token.js'

const CR = 13
const LF = 10
const COLON = 58

/** Bytes of a field's value: visible ones, space, tab, and what is beyond ASCII (RFC 9110, §5.5). */
const isValueByte = Uint8Array.from({ length: 256 }, (_, byte) => Number(byte === 9 || (byte >= 32 && byte !== 127)))

/** Fields of a head whose places are kept; those behind them are walked each time. Requests have 5 to 20. */
const mostKept = 64
/** Numbers kept of each: the ends of its name, its value's start and end, the line's end. */
const perField = 4

export class FieldScanner {
  /** The field's whole line, from its first byte to behind its CRLF. */
  lineStart = 0
  lineEnd = 0
  nameEnd = 0
  /** The value without the white space around it. */
  valueStart = 0
  valueEnd = 0
  #bytes: Buffer = Buffer.alloc(0)
  #status = 400
  readonly #places = new Uint32Array(mostKept * perField)
  /** Where the first field line of the kept head begins; how many of its fields are kept; how many of them this walk has passed. */
  #first = 0
  #kept = 0
  #passed = 0

  /** @param at the first byte of the first field line @param status what a malformed line is refused with */
  begin (bytes: Buffer, at: number, status: number): void {
    if (bytes !== this.#bytes || at !== this.#first) {
      this.#bytes = bytes
      this.#first = at
      this.#kept = 0
    }
    this.#status = status
    this.#passed = 0
    this.lineEnd = at
  }

  /** Goes to the next field; false at the empty line that ends the head. The head has to be complete. @throws Refusal */
  next (): boolean {
    this.lineStart = this.lineEnd
    if (this.#passed < this.#kept) return this.#recall(this.#passed++ * perField)
    if (!this.#walk()) return false
    if (this.#kept < mostKept) this.#keep(this.#passed++ * perField)
    return true
  }

  /** Whether the field has this name. @param name in lower case */
  is (name: string): boolean {
    return this.nameEnd - this.lineStart === name.length && sameText(this.#bytes, this.lineStart, name)
  }

  /** Whether the value is this text, ignoring case. @param text in lower case */
  valueIs (text: string): boolean {
    return this.valueEnd - this.valueStart === text.length && sameText(this.#bytes, this.valueStart, text)
  }

  /** Whether white space follows the value: allowed (RFC 9110, §5.5), but others refuse it where a body's length is told. */
  get isPadded (): boolean {
    return this.valueEnd + 2 !== this.lineEnd
  }

  value (): string {
    return this.#bytes.toString('latin1', this.valueStart, this.valueEnd)
  }

  name (): string {
    return this.#bytes.toString('latin1', this.lineStart, this.nameEnd).toLowerCase()
  }

  /** The value as a count of bytes (RFC 9110, §8.6): digits only. @throws Refusal */
  length (): number {
    const bytes = this.#bytes
    let length = 0
    if (this.valueStart === this.valueEnd || this.valueEnd - this.valueStart > 15) this.#refuseLength()
    for (let at = this.valueStart; at < this.valueEnd; at++) {
      const digit = (bytes[at] ?? 0) - 48
      if (digit < 0 || digit > 9) this.#refuseLength()
      length = length * 10 + digit
    }
    return length
  }

  #recall (at: number): true {
    const places = this.#places
    this.nameEnd = places[at] ?? 0
    this.valueStart = places[at + 1] ?? 0
    this.valueEnd = places[at + 2] ?? 0
    this.lineEnd = places[at + 3] ?? 0
    return true
  }

  #keep (at: number): void {
    const places = this.#places
    places[at] = this.nameEnd
    places[at + 1] = this.valueStart
    places[at + 2] = this.valueEnd
    places[at + 3] = this.lineEnd
    this.#kept++
  }

  #walk (): boolean {
    const bytes = this.#bytes
    let at = this.lineStart
    if (bytes[at] === CR) return this.#endOfHead(at)
    while (isTokenByte[bytes[at] ?? 0] === 1) at++
    if (at === this.lineStart || bytes[at] !== COLON) this.#refuseName(at)
    this.nameEnd = at++
    while (bytes[at] === 32 || bytes[at] === 9) at++
    this.valueStart = at
    while (isValueByte[bytes[at] ?? 0] === 1) at++
    if (bytes[at] !== CR || bytes[at + 1] !== LF) throw new Refusal(this.#status, `a header's value has a byte that no header may have: 0x${(bytes[at] ?? 0).toString(16)}`)
    this.lineEnd = at + 2
    while (at > this.valueStart && (bytes[at - 1] === 32 || bytes[at - 1] === 9)) at--
    this.valueEnd = at
    return true
  }

  #endOfHead (at: number): boolean {
    if (this.#bytes[at + 1] !== LF) throw new Refusal(this.#status, 'a bare CR in the head')
    this.lineEnd = at + 2
    return false
  }

  #refuseName (at: number): never {
    const byte = this.#bytes[at] ?? 0
    if (at === this.lineStart && (byte === 32 || byte === 9)) throw new Refusal(this.#status, 'a folded header line')
    throw new Refusal(this.#status, `a header's name is not followed by a colon but by 0x${byte.toString(16)}`)
  }

  #refuseLength (): never {
    throw new Refusal(this.#status, `Content-Length is no number of bytes: ${JSON.stringify(this.value().slice(0, 40))}`)
  }
}

function sameText (bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[start + i] ?? 0
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte
    if (lower !== text.charCodeAt(i)) return false
  }
  return true
}
