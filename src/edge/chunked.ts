/** Follows the chunked coding (RFC 9112, §7.1), strictly: sizes in hex, lines end with CRLF, trailers are field lines. */
import type { Body } from './body.js'
import { Refusal } from './refusal.js'

const CR = 13
const LF = 10

/** Where in the coding the next byte is. */
type Place = 'size' | 'extension' | 'size LF' | 'data' | 'data CR' | 'data LF' | 'trailer start' | 'trailer' | 'trailer LF' | 'end LF' | 'done'

/** Most bytes of chunk extensions and trailers: nobody needs them, and they are not counted as body. */
const longestExtras = 16 * 1024

export class ChunkedBody implements Body {
  readonly #status: number
  readonly #limit: number
  #place: Place = 'size'
  #size = 0
  #digits = 0
  #total = 0
  #extras = 0
  #named = false

  /** @param status what a malformed chunk is refused with @param limit most bytes of data; 413 beyond */
  constructor (status: number, limit: number) {
    this.#status = status
    this.#limit = limit
  }

  get done (): boolean {
    return this.#place === 'done'
  }

  take (bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length && this.#place !== 'done') {
      if (this.#place === 'data') {
        const passed = Math.min(this.#size, bytes.length - at)
        at += passed
        this.#size -= passed
        if (this.#size === 0) this.#place = 'data CR'
      } else {
        this.#step(bytes[at++] ?? 0)
      }
    }
    return at - from
  }

  #step (byte: number): void {
    switch (this.#place) {
      case 'size': return this.#sizeByte(byte)
      case 'extension': return this.#extensionByte(byte)
      case 'size LF': this.#expect(byte, LF); return this.#beginChunk()
      case 'data CR': this.#expect(byte, CR); this.#place = 'data LF'; return
      case 'data LF': this.#expect(byte, LF); this.#place = 'size'; this.#digits = 0; return
      case 'trailer start': return this.#trailerStart(byte)
      case 'trailer': return this.#trailerByte(byte)
      case 'trailer LF': this.#expect(byte, LF); this.#place = 'trailer start'; return
      case 'end LF': this.#expect(byte, LF); this.#place = 'done'
    }
  }

  #sizeByte (byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      if (++this.#digits > 12) this.#refuse('a chunk\'s size has too many digits')
      this.#size = this.#size * 16 + digit
      return
    }
    if (this.#digits === 0) this.#refuse('a chunk without a size')
    if (byte === CR) this.#place = 'size LF'
    else if (byte === 59) this.#place = 'extension'
    else this.#refuse('a chunk\'s size is no hexadecimal number')
  }

  #extensionByte (byte: number): void {
    if (byte === CR) this.#place = 'size LF'
    else this.#extra(byte)
  }

  #beginChunk (): void {
    this.#total += this.#size
    if (this.#total > this.#limit) throw new Refusal(this.#status === 400 ? 413 : this.#status, `the body is longer than ${this.#limit} bytes (bodyLimit)`)
    this.#place = this.#size === 0 ? 'trailer start' : 'data'
  }

  #trailerStart (byte: number): void {
    if (byte === CR) {
      this.#place = 'end LF'
      return
    }
    if (!isNameByte(byte)) this.#refuse('a trailer that is no header')
    this.#named = false
    this.#place = 'trailer'
    this.#trailerByte(byte)
  }

  /** A trailer's name is a token before a colon; what has none, or begins with white space, is no field line. */
  #trailerByte (byte: number): void {
    if (byte === CR && this.#named) {
      this.#place = 'trailer LF'
      return
    }
    if (!this.#named && byte === 58) this.#named = true
    else if (!this.#named && !isNameByte(byte)) this.#refuse('a trailer that is no header')
    this.#extra(byte)
  }

  #extra (byte: number): void {
    if (++this.#extras > longestExtras) this.#refuse('too many chunk extensions and trailers')
    if (byte !== 9 && (byte < 32 || byte === 127)) this.#refuse('a control character in a chunk extension or a trailer')
  }

  #expect (byte: number, expected: number): void {
    if (byte !== expected) this.#refuse('a chunk\'s line does not end with CRLF')
  }

  #refuse (what: string): never {
    throw new Refusal(this.#status, what)
  }
}

function hexDigit (byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

/** Letters, digits and the marks that a token may have (RFC 9110, §5.6.2). */
function isNameByte (byte: number): boolean {
  const lower = byte | 32
  return (lower >= 97 && lower <= 122) || (byte >= 48 && byte <= 57) || byte === 45 || byte === 95 || byte === 46 || byte === 33 || (byte >= 35 && byte <= 39) || byte === 42 || byte === 43 || byte === 94 || byte === 96 || byte === 124 || byte === 126
}
