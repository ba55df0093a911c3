/** Follows a body through the bytes that pass, to know where it ends (RFC 9112, §6). The bytes themselves are not touched. */
import { ChunkedBody } from './chunked.js'

export interface Body {
  /** Whether the last byte has passed. */
  readonly done: boolean
  /** How many of `bytes[from…]` belong to this body. @throws Refusal */
  take (bytes: Buffer, from: number): number
}

export interface Framing {
  readonly length: number | undefined
  readonly chunked: boolean
}

/** A body of this length, in chunks, or none at all. @param status what a malformed chunk is refused with @param limit most bytes @param data gets what is in chunks */
export function bodyOf ({ length, chunked }: Framing, status: number, limit: number, data?: (bytes: Buffer) => void): Body {
  if (chunked) return new ChunkedBody(status, limit, data)
  return length === undefined || length === 0 ? noBody : new CountedBody(length)
}

export const noBody: Body = { done: true, take: () => 0 }

/** An answer without a length ends with its connection (RFC 9112, §6.3). */
export const untilClose: Body = { done: false, take: (bytes, from) => bytes.length - from }

class CountedBody implements Body {
  #left: number

  constructor (length: number) {
    this.#left = length
  }

  get done (): boolean {
    return this.#left === 0
  }

  take (bytes: Buffer, from: number): number {
    const taken = Math.min(this.#left, bytes.length - from)
    this.#left -= taken
    return taken
  }
}
