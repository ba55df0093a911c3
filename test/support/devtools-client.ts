/** A client of DevTools as an attacker writes it: it says what it likes, and remembers all that it hears. */
import type { WebSocket } from 'ws'
import { openSocket } from './sockets.js'

export interface Heard {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly sessionId?: string
}

export class DevToolsClient {
  readonly events: Heard[] = []
  /** Everything, as it came. */
  readonly texts: string[] = []
  readonly socket: WebSocket
  readonly #waiting = new Map<number, { resolve (result: Record<string, unknown>): void, reject (error: Error): void }>()
  #calls = 0

  private constructor (socket: WebSocket) {
    this.socket = socket
    socket.on('message', data => {
      this.texts.push(String(data))
      const message = JSON.parse(String(data)) as Heard & { id?: number, result?: Record<string, unknown>, error?: { message: string } }
      if (message.id === undefined) return this.events.push(message)
      const call = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.error !== undefined) call?.reject(new Error(message.error.message))
      else call?.resolve(message.result ?? {})
      return undefined
    })
    socket.once('close', () => this.#waiting.forEach(({ reject }) => reject(new Error('the socket was closed'))))
  }

  static async connect (url: unknown): Promise<DevToolsClient> {
    return new DevToolsClient(await openSocket(String(url)))
  }

  call (method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.socket.send(JSON.stringify({ id, method, params, ...sessionId === undefined ? {} : { sessionId } }))
    })
  }
}
