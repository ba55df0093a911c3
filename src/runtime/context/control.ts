/** The driver's own connection to a browser that is shared: by it contexts and their first pages are made and disposed of. */
import type { WebSocket } from 'ws'
import type { Params } from '../../protocol/cdp.js'
import { isOpen, openSocket } from './sockets.js'

interface Call {
  readonly resolve: (result: Params) => void
  readonly reject: (error: Error) => void
}

type Message = Partial<CdpEvent> & { readonly id?: number, readonly result?: Params, readonly error?: { readonly message: string } }

/** An event of the browser's, or of a target's session. */
export interface CdpEvent {
  readonly method: string
  readonly params: Params
  readonly sessionId?: string
}

export class Control {
  /** Resolves when the browser has gone. */
  readonly closed: Promise<void>
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, Call>()
  readonly #hear: (event: CdpEvent) => void
  readonly #listeners = new Map<string, (event: CdpEvent) => void>()
  #calls = 0

  private constructor (socket: WebSocket, hear: (event: CdpEvent) => void) {
    this.#socket = socket
    this.#hear = hear
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    socket.once('close', () => this.#waiting.forEach(({ reject }) => reject(new Error('the browser has gone'))))
    socket.on('message', data => this.#take(JSON.parse(String(data)) as Message))
  }

  /**
   * @param url of the browser's socket, `ws://127.0.0.1:…/devtools/browser/…`
   * @param hear told of every event that no session's listener gets
   */
  static async connect (url: string, hear: (event: CdpEvent) => void): Promise<Control> {
    const socket = openSocket(url)
    const control = new Control(socket, hear)
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return control
  }

  /** Rejects with the browser's own message. */
  call (method: string, params: Params, sessionId?: string): Promise<Params> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      if (!isOpen(this.#socket)) return reject(new Error('the browser has gone'))
      this.#waiting.set(id, { resolve, reject })
      this.#socket.send(JSON.stringify({ id, method, params, ...sessionId === undefined ? {} : { sessionId } }))
    })
  }

  /** Events of this session go to the listener, until the session has gone. */
  listen (session: string, listener: (event: CdpEvent) => void): void {
    this.#listeners.set(session, listener)
  }

  #take ({ id, method, params = {}, result = {}, error, sessionId }: Message): void {
    if (method !== undefined) return this.#event({ method, params, ...sessionId === undefined ? {} : { sessionId } })
    const call = this.#waiting.get(id ?? 0)
    this.#waiting.delete(id ?? 0)
    if (error === undefined) call?.resolve(result)
    else call?.reject(new Error(error.message))
  }

  #event (event: CdpEvent): void {
    const ended = event.method === 'Target.detachedFromTarget' ? String(event.params['sessionId']) : ''
    const listener = this.#listeners.get(event.sessionId ?? ended)
    if (ended !== '') this.#listeners.delete(ended)
    if (listener === undefined) this.#hear(event)
    else listener(event)
  }
}
