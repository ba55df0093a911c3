/** One side of a WebSocket on which both ask and both answer: JSON-RPC 2.0, with `$/cancelRequest` as in the Language Server Protocol. */
import { WebSocket } from 'ws'
import { LinkError, wireError, type WireError } from './link-error.js'

/** Answers a request; what it throws goes back as an error. @param signal aborted when the asker takes it back, or has gone */
export type Handler = (params: never, signal: AbortSignal) => unknown

export interface PeerOptions {
  /** What the other side may ask, and what it may tell, by name. */
  readonly handlers: Readonly<Record<string, Handler>>
  /** A link on which nothing comes for so long is dead, in milliseconds. */
  readonly silence: number
}

/** How often it is looked at, in parts of the silence: what a dead link is noticed late by. */
const looks = 10

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: WireError
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

export class Peer {
  /** Resolves once, when the link is gone, with why. */
  readonly closed: Promise<string>
  /** The link broke for being silent, not by being closed. */
  silent = false
  readonly #socket: WebSocket
  readonly #options: PeerOptions
  readonly #asked = new Map<number, Waiting>()
  readonly #answering = new Map<number, AbortController>()
  readonly #watch: NodeJS.Timeout
  /** When the other side was last heard of, by `performance.now()`. */
  #heardAt = performance.now()
  #ids = 0
  #why = 'the other side closed it'

  /** @param socket open, or about to be */
  constructor (socket: WebSocket, options: PeerOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('error', error => { this.#why = error.message })
    socket.on('message', data => this.#take(String(data)))
    this.closed = new Promise(resolve => socket.once('close', () => {
      this.#over()
      resolve(this.#why)
    }))
    this.#watch = setInterval(() => this.#checkSilence(), options.silence / looks).unref()
  }

  /**
   * Asks. Rejects with what the other side threw, or with a LinkError when the link breaks. An aborted signal takes the question back, and
   * its answer is still waited for: it may have been given already.
   */
  async ask (method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted()
    if (this.#socket.readyState !== WebSocket.OPEN) throw new LinkError('full', `the link is gone: ${this.#why}`)
    const id = ++this.#ids
    const takeBack = (): void => this.tell('$/cancelRequest', { id })
    signal?.addEventListener('abort', takeBack, { once: true })
    try {
      return await new Promise((resolve, reject) => {
        this.#asked.set(id, { resolve, reject })
        this.#send({ id, method, params })
      })
    } finally {
      this.#asked.delete(id)
      signal?.removeEventListener('abort', takeBack)
    }
  }

  /** Says something that has no answer. */
  tell (method: string, params: unknown): void {
    this.#send({ method, params })
  }

  /** Bytes that the other side has not taken yet. */
  get backlog (): number {
    return this.#socket.bufferedAmount
  }

  close (why: string): void {
    this.#why = why
    this.#socket.terminate()
  }

  #send (message: Message): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }))
  }

  #take (text: string): void {
    this.#heardAt = performance.now()
    let message: Message
    try {
      message = JSON.parse(text) as Message
    } catch {
      return this.close('it sent what is no JSON')
    }
    const { id, method, params, result, error } = message
    if (method !== undefined) {
      if (id === undefined) this.#told(method, params)
      else void this.#answer(id, method, params)
      return
    }
    const waiting = this.#asked.get(id ?? -1)
    if (error === undefined) waiting?.resolve(result)
    else waiting?.reject(LinkError.from(error))
  }

  #told (method: string, params: unknown): void {
    if (method === '$/cancelRequest') this.#answering.get((params as { id: number }).id)?.abort(new Error('the asker took it back'))
    else this.#handler(method)?.(params as never, AbortSignal.abort())
  }

  /** Never rejects. */
  async #answer (id: number, method: string, params: unknown): Promise<void> {
    const stop = new AbortController()
    this.#answering.set(id, stop)
    try {
      const handler = this.#handler(method)
      if (handler === undefined) throw new LinkError('failed', `nothing is known here of ${method}: the two sides are of different versions`)
      this.#send({ id, result: await handler(params as never, stop.signal) ?? null })
    } catch (error) {
      this.#send({ id, error: wireError(error) })
    } finally {
      this.#answering.delete(id)
    }
  }

  #handler (method: string): Handler | undefined {
    const { handlers } = this.#options
    return Object.hasOwn(handlers, method) ? handlers[method] : undefined
  }

  #checkSilence (): void {
    const silent = performance.now() - this.#heardAt
    if (silent <= this.#options.silence) return
    this.silent = true
    this.close(`nothing was heard of it for ${(silent / 1000).toFixed(1)} s`)
  }

  #over (): void {
    clearInterval(this.#watch)
    for (const { reject } of [...this.#asked.values()]) reject(new LinkError('lost', this.#why))
    for (const stop of this.#answering.values()) stop.abort(new Error('the link is gone'))
  }
}
