/** Follows the chunked coding (RFC 9112, §7.1), strictly: sizes in hex, lines end with CRLF, trailers are field lines. */
import type { Body } from './body.js'
import { ChunkExtensions } from './chunk-extensions.js'
import { Refusal } from './refusal.js'
import { isTokenByte } from './token.js'

const CR = 13
const LF = 10

/** Where in the coding the next byte is. */
type Place = 'size' | 'extension' | 'size LF' | 'data' | 'data CR' | 'data LF' | 'trailer start' | 'trailer' | 'trailer LF' | 'end LF' | 'done'

/** Most bytes of chunk extensions and trailers: nobody needs them, and they are not counted as body. */
const longestExtras = 16 * 1024

/** What says how a message is framed, or where it goes, must not come behind it (RFC 9110, §6.5.1). */
const noTrailers = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade', 'host', 'authorization', 'expect', 'te', 'trailer'])

export class ChunkedBody implements Body {
  readonly #status: number
  readonly #limit: number
  readonly #data: ((bytes: Buffer) => void) | undefined
  readonly #extensions = new ChunkExtensions()
  #place: Place = 'size'
  #size = 0
  #digits = 0
  #total = 0
  #extras = 0
  /** The trailer's name in lower case, as far as it has come; undefined behind its colon. */
  #name: string | undefined

  /** @param status what a malformed chunk is refused with @param limit most bytes of data; 413 beyond @param data gets what is in the chunks */
  constructor (status: number, limit: number, data?: (bytes: Buffer) => void) {
    this.#status = status
    this.#limit = limit
    this.#data = data
  }

  get done (): boolean {
    return this.#place === 'done'
  }

  take (bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length && this.#place !== 'done') {
      if (this.#place === 'data') {
        const passed = Math.min(this.#size, bytes.length - at)
        this.#data?.(bytes.subarray(at, at + passed))
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
    else if (byte === 59) this.#beginExtensions()
    else this.#refuse('a chunk\'s size is no hexadecimal number')
  }

  #beginExtensions (): void {
    this.#extensions.begin()
    this.#place = 'extension'
  }

  #extensionByte (byte: number): void {
    if (byte === CR && this.#extensions.complete) this.#place = 'size LF'
    else if (this.#extensions.take(byte)) this.#extra(byte)
    else this.#refuse('a chunk extension that is none')
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
    if (isTokenByte[byte] !== 1) this.#refuse('a trailer that is no header')
    this.#name = ''
    this.#place = 'trailer'
    this.#trailerByte(byte)
  }

  /** A trailer's name is a token before a colon; what has none, or begins with white space, is no field line. */
  #trailerByte (byte: number): void {
    if (this.#name === undefined) {
      if (byte === CR) {
        this.#place = 'trailer LF'
        return
      }
    } else if (byte === 58) {
      if (noTrailers.has(this.#name)) this.#refuse(`${this.#name} as a trailer`)
      this.#name = undefined
    } else if (isTokenByte[byte] === 1) {
      this.#name += String.fromCharCode(byte).toLowerCase()
    } else {
      this.#refuse('a trailer that is no header')
    }
    this.#extra(byte)
  }

  #extra (byte: number): void {
    if (++this.#extras > longestExtras) this.#refuse('too many chunk extensions and trailers')
    if (byte !== 9 && (byte < 32 || byte === 127)) this.#refuse('a control character in a trailer')
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
