/** The first messages of a WebSocket, where they have to be read (RFC 6455, §5). Afterwards nobody looks at frames any more. */
import { createHash } from 'node:crypto'

/** A whole message, or a control frame. */
export interface Message {
  readonly kind: 'text' | 'binary' | 'close' | 'ping' | 'pong'
  readonly data: Buffer
}

const kinds: Readonly<Record<number, Message['kind']>> = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' }
const opcodes: Readonly<Record<Message['kind'], number>> = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 }

export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Reads a client's frames from bytes as they come; what lies behind the last message that was taken stays as it is. */
export class FrameReader {
  readonly #limit: number
  #bytes: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #kind: Message['kind'] | undefined

  /** @param limit longest message, in bytes */
  constructor (limit: number) {
    this.#limit = limit
  }

  add (bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
  }

  /** What has come and was not taken. */
  get rest (): Buffer {
    return this.#bytes
  }

  /** The next message, or undefined while it is not all there. @throws FrameError */
  next (): Message | undefined {
    for (;;) {
      const frame = this.#frame()
      if (frame === undefined) return undefined
      const { opcode, final, data } = frame
      if (opcode >= 8) return { kind: this.#kindOf(opcode), data }
      if (opcode !== 0) this.#kind = this.#kindOf(opcode)
      this.#parts.push(data)
      if (!final) continue
      const message = { kind: this.#kind ?? this.#kindOf(0), data: Buffer.concat(this.#parts) }
      this.#parts = []
      this.#kind = undefined
      return message
    }
  }

  #frame (): { opcode: number, final: boolean, data: Buffer } | undefined {
    const bytes = this.#bytes
    if (bytes.length < 2) return undefined
    const [first = 0, second = 0] = bytes
    if ((first & 0x70) !== 0) throw new FrameError('a frame uses an extension that was not agreed on')
    if ((second & 0x80) === 0) throw new FrameError('a client has to mask its frames')
    const head = headLength(second & 0x7f)
    if (bytes.length < head) return undefined
    const length = head === 6 ? second & 0x7f : head === 8 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (length + this.#parts.reduce((sum, part) => sum + part.length, 0) > this.#limit) throw new FrameError(`a message before the session is longer than ${this.#limit} bytes`)
    if (bytes.length < head + length) return undefined
    this.#bytes = bytes.subarray(head + length)
    return { opcode: first & 0x0f, final: (first & 0x80) !== 0, data: unmasked(bytes.subarray(head, head + length), bytes.subarray(head - 4, head)) }
  }

  #kindOf (opcode: number): Message['kind'] {
    const kind = kinds[opcode]
    if (kind === undefined) throw new FrameError(`a frame has the opcode ${opcode}`)
    return kind
  }
}

/** What a server's handshake says to a client's key, whatever key it is (RFC 6455, §4.2.2: `Sec-WebSocket-Accept`). */
export function acceptOf (key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** A server's frame. */
export function frameOf (kind: Message['kind'], data: Buffer): Buffer {
  const { length } = data
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10)
  head[0] = 0x80 | opcodes[kind]
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127
  if (head.length === 4) head.writeUInt16BE(length, 2)
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, data])
}

/** A close frame with its code (RFC 6455, §7.4.1). */
export function closeFrame (code: number, reason: string): Buffer {
  const data = Buffer.alloc(2)
  data.writeUInt16BE(code)
  return frameOf('close', Buffer.concat([data, Buffer.from(reason).subarray(0, 123)]))
}

/** With the mask. */
function headLength (length: number): number {
  return length < 126 ? 6 : length === 126 ? 8 : 14
}

function unmasked (data: Buffer, mask: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(data.length)
  for (let i = 0; i < data.length; i++) plain[i] = (data[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return plain
}
