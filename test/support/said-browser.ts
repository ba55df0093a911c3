/** A browser's DevTools socket that says what a test wants, and keeps what it was told. */
import { once } from 'node:events'
import type { Test } from 'tap'
import { WebSocketServer, type WebSocket } from 'ws'
import type { CdpCommand } from '../../src/protocol/cdp.js'

export type Message = Readonly<Record<string, unknown>>
/** By method. */
export type Answers = Readonly<Record<string, (command: CdpCommand) => object>>

/** Answers `{}` to what is not listed; `{ error }` is an error. */
export class SaidBrowser {
  readonly commands: CdpCommand[] = []
  readonly #sockets: WebSocket[] = []
  readonly #server: WebSocketServer
  answers: Answers

  private constructor (server: WebSocketServer, answers: Answers) {
    this.answers = answers
    this.#server = server
    this.#server.on('connection', socket => {
      this.#sockets.push(socket)
      socket.on('message', data => this.#take(socket, JSON.parse(String(data)) as CdpCommand))
    })
  }

  static async start (t: Pick<Test, 'teardown'>, answers: Answers = {}): Promise<SaidBrowser> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const browser = new SaidBrowser(server, answers)
    t.teardown(() => {
      browser.#sockets.forEach(socket => socket.terminate())
      server.close()
    })
    return browser
  }

  get url (): string {
    return `ws://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  /** On the newest connection. */
  get socket (): WebSocket {
    return this.#sockets.at(-1) as WebSocket
  }

  say (event: Message): void {
    this.socket.send(JSON.stringify(event))
  }

  methods (): string[] {
    return this.commands.map(({ method }) => method)
  }

  #take (socket: WebSocket, command: CdpCommand): void {
    this.commands.push(command)
    const answer = this.answers[command.method]?.(command) ?? {}
    socket.send(JSON.stringify({ id: command.id, ...'error' in answer ? answer : { result: answer }, ...command.sessionId === undefined ? {} : { sessionId: command.sessionId } }))
  }
}
