/** Talks with the init of a browser's container (src/init): lines on its standard input and output, which nobody else in the container can reach. */
import type { Duplex, Readable } from 'node:stream'
import { unlessAborted } from '../waits.js'

/** What the init says unasked. */
type Event = 'ready' | 'exited'

interface Question {
  /** First words of what answers it. */
  readonly answers: readonly string[]
  readonly resolve: (line: string) => void
}

/** What stands before it in a line does not count: an agent that was killed may have left half a line. */
const cancel = '\x18'
/** Longest line that an init says; a note comes back in one. */
const longestLine = 512 * 1024

export class InitChannel {
  /** Resolves with the last thing that was said of why, when the connection is over: the container has ended, or its engine. */
  readonly closed: Promise<string>
  readonly #stream: Duplex
  readonly #questions: Question[] = []
  #ready = gate()
  #rest = ''
  #why = 'its connection was cut'

  /** @param stream to the container's standard input @param output what it writes */
  constructor (stream: Duplex, output: Readable) {
    this.#stream = stream
    stream.on('error', () => {}) // 'close' follows
    stream.write(cancel)
    output.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    this.closed = new Promise(resolve => {
      const over = (): void => {
        resolve(this.#why)
        stream.destroy()
      }
      stream.once('end', over).once('close', over)
    })
  }

  /** Resolves when the driver in the container accepts connections. Rejects with why it never will, or the signal's reason. */
  async ready (signal: AbortSignal): Promise<void> {
    await this.#orClosed(this.#ready.opened, signal)
  }

  /** Sends a line and resolves with the one that answers it. */
  async ask (line: string, answers: readonly string[], signal: AbortSignal): Promise<string> {
    const answer = new Promise<string>(resolve => this.#questions.push({ answers, resolve }))
    this.say(line)
    return await this.#orClosed(answer, signal)
  }

  /** Connections to its one open port go to this one of its loopback from now on. Rejects when it will not have that. */
  async forward (port: number, signal: AbortSignal): Promise<void> {
    const answer = await this.ask(`forward ${port}`, ['forwarding', 'unknown'], signal)
    if (!answer.startsWith('forwarding')) throw new Error(`its init passes nothing on to port ${port}: it says ${answer}`)
  }

  /** Empties the container. Resolves when the driver is up again; rejects when anything is left. */
  async wipe (signal: AbortSignal): Promise<void> {
    this.#ready = gate()
    const answer = await this.ask('wipe', ['clean', 'dirty'], signal)
    if (!answer.startsWith('clean')) throw new Error(`its init says: ${answer}`)
    await this.ready(signal)
  }

  say (line: string): void {
    if (this.#stream.writable) this.#stream.write(`${line}\n`)
  }

  close (): void {
    this.#stream.destroy()
  }

  #hear (text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > longestLine) this.close()
    lines.forEach(line => this.#line(line))
  }

  #line (line: string): void {
    const word = line.split(' ', 1)[0] ?? ''
    switch (word as Event) {
      case 'ready': return this.#ready.open()
      case 'exited': this.#why = line; return
    }
    const at = this.#questions.findIndex(({ answers }) => answers.includes(word))
    if (at >= 0) this.#questions.splice(at, 1)[0]?.resolve(line)
  }

  async #orClosed<T> (wanted: Promise<T>, signal: AbortSignal): Promise<T> {
    const ended = this.closed.then(why => { throw new Error(why) })
    return await unlessAborted(Promise.race([wanted, ended]), signal)
  }
}

function gate (): { readonly opened: Promise<void>, readonly open: () => void } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => { open = resolve })
  return { opened, open }
}
