/** Where a head ends in what has arrived so far. */
import { Refusal } from './refusal.js'

const CR = 13
const LF = 10
const emptyLine = Buffer.from('\r\n\r\n', 'latin1')

export interface HeadEndOptions {
  /** Bytes that were looked at before. */
  readonly seen: number
  /** Most bytes that a head may have. */
  readonly limit: number
  /** What a bare CR or LF is refused with. */
  readonly status: number
}

/** The index behind the empty line, or -1 while it has not come. @throws Refusal for a head that is too long or can become none any more */
export function headEnd (bytes: Buffer, { seen, limit, status }: HeadEndOptions): number {
  const at = bytes.indexOf(emptyLine, Math.max(0, seen - 3))
  if (at >= 0 && at + 4 <= limit) return at + 4
  if (at >= 0 || bytes.length > limit) throw new Refusal(status === 400 ? 431 : status, `the head is longer than ${limit} bytes (headLimit)`)
  checkLineEnds(bytes, Math.max(1, seen), status)
  return -1
}

/** A head whose lines end with a bare LF would be waited for in vain. */
function checkLineEnds (bytes: Buffer, from: number, status: number): void {
  if (bytes[0] === LF) throw new Refusal(status, 'a bare LF in the head')
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] !== CR) throw new Refusal(status, 'a bare LF in the head')
  }
}
