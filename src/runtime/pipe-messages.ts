/** Messages of DevTools on a pipe (`--remote-debugging-pipe`): each ends with a zero byte, and they come in whichever pieces. */
export class PipeMessages {
  readonly #take: (text: string) => void
  #pieces: Buffer[] = []

  constructor (take: (text: string) => void) {
    this.#take = take
  }

  /** Of a message whose end has not come. */
  get rest (): Buffer {
    return Buffer.concat(this.#pieces)
  }

  add (bytes: Buffer): void {
    let begin = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, begin)) {
      const message = Buffer.concat([...this.#pieces, bytes.subarray(begin, end)])
      this.#pieces = []
      begin = end + 1
      this.#take(message.toString())
    }
    if (begin < bytes.length) this.#pieces.push(bytes.subarray(begin))
  }
}
