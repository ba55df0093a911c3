/** Follows the frames of a WebSocket through the bytes that pass (RFC 6455, §5.2), to know where one ends. The bytes themselves are not touched. */

const closeOpcode = 8

export class FrameBoundary {
  /** Of a frame's payload, still to come. */
  #left = 0
  /** What has come of a frame's head. */
  readonly #head = Buffer.alloc(14)
  #length = 0
  #closed = false

  /** Whether a frame of ours could be put here. */
  get between (): boolean {
    return this.#left === 0 && this.#length === 0 && !this.#closed
  }

  take (bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const passed = Math.min(this.#left, bytes.length - at)
        this.#left -= passed
        at += passed
      } else {
        this.#head[this.#length++] = bytes[at++] ?? 0
        this.#readHead()
      }
    }
  }

  #readHead (): void {
    const head = this.#head
    if (this.#length < 2) return
    const [first = 0, second = 0] = head
    const short = second & 0x7f
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0
    const mask = (second & 0x80) === 0 ? 0 : 4
    if (this.#length < 2 + extended + mask) return
    this.#left = extended === 8 ? head.readUInt32BE(2) * 2 ** 32 + head.readUInt32BE(6) : extended === 2 ? head.readUInt16BE(2) : short
    this.#length = 0
    this.#closed ||= (first & 0x0f) === closeOpcode
  }
}
