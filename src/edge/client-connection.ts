/** A client's connection: one request after the other, until it becomes a tunnel or ends. */
import type { Socket } from 'node:net'
import type { ClientOptions } from './client-options.js'
import { receiveFrom } from './direct-socket.js'
import { Exchange, type ExchangeOptions, type ExchangeOwner } from './exchange.js'
import { headEnd } from './head-end.js'
import { asRefusal, Refusal, renderAnswer } from './refusal.js'
import { RequestHead, type Reading } from './request-head.js'
import type { Destination, Takeover } from './route.js'
import { splice } from './tunnel.js'

/** `head`: between requests, or within a head. `leaving`: the last answer is on its way, whatever still comes is thrown away. */
type State = 'head' | 'routing' | 'exchange' | 'tunnel' | 'leaving'

/** Bytes of further requests that are held while one is being answered. */
const mostAhead = 64 * 1024
/** A client that is answered while it still sends gets so long to read the answer, in milliseconds. */
const lingering = 2000

const nothing = Buffer.alloc(0)

export class ClientConnection implements ExchangeOwner {
  /** No more requests after the one that is being answered. */
  closing = false
  /** When the state was entered, or the client last sent something of a body; by `performance.now()`. */
  since = performance.now()
  requests = 0
  readonly socket: Socket
  readonly #options: ClientOptions
  readonly #reading: Reading
  readonly #exchanges: ExchangeOptions
  #state: State = 'head'
  #pending: Buffer | undefined
  #seen = 0
  #head: RequestHead | undefined
  #exchange: Exchange | undefined
  #gone: AbortController | undefined

  constructor (socket: Socket, options: ClientOptions) {
    this.socket = socket
    this.#options = options
    const { scanner, upstreams, headBytes, bodyBytes } = options
    this.#reading = { scanner, peer: socket.remoteAddress ?? '' }
    this.#exchanges = { client: socket, scanner, upstreams, headLimit: headBytes, bodyLimit: bodyBytes }
    socket.on('error', () => {}) // 'close' follows
    receiveFrom(socket, bytes => this.#data(bytes))
    socket.on('drain', () => this.#exchange?.clientDrain())
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#abandon())
  }

  /** Whether no request is being answered. */
  get idle (): boolean {
    return this.#state === 'head'
  }

  get tunnel (): boolean {
    return this.#state === 'tunnel'
  }

  /** Ends what takes too long. All in milliseconds. */
  checkTime (now: number, { head, idle, body }: { head: number, idle: number, body: number }): void {
    const waited = now - this.since
    if (this.#state === 'exchange') {
      if (this.#exchange?.requestDone === false && waited > body && !this.socket.isPaused()) this.#refuse(new Refusal(408, `nothing of the body came for ${body} ms`))
    } else if (this.#state === 'leaving') {
      if (waited > body) this.destroy()
    } else if (this.#state === 'head') {
      if (this.#pending !== undefined && waited > head) this.#refuse(new Refusal(408, `the head took longer than ${head} ms (headTimeout)`))
      else if (waited > (this.requests === 0 ? Math.min(head, idle) : idle)) this.destroy()
    }
  }

  /** Aborted when the client hangs up while its request is being routed. Made when it is asked for: most requests need none. */
  get gone (): AbortSignal {
    this.#gone ??= new AbortController()
    return this.#gone.signal
  }

  destroy (): void {
    this.socket.destroy()
  }

  answered (close: boolean): void {
    this.#exchange = undefined
    this.#head = undefined
    this.#gone = undefined
    if (close || this.closing) return this.#leave()
    this.#enter('head')
    this.socket.resume()
    this.#advance()
  }

  failed (refusal: Refusal, begun: boolean): void {
    this.#exchange = undefined
    if (begun) this.destroy() // a cut answer must not look whole
    else this.#refuse(refusal)
  }

  upgraded (upstream: Socket, early: Buffer, over: () => void): void {
    const ahead = this.#detach()
    if (early.length > 0) this.socket.write(early)
    if (ahead.length > 0) upstream.write(ahead)
    this.#join(upstream, over)
  }

  /** Whoever takes the connection over has it until it is closed. */
  #handOver ({ take }: Takeover): void {
    const ahead = this.#detach()
    take(this.socket, ahead, (upstream, over) => this.#join(upstream, over))
  }

  #join (upstream: Socket, over: () => void): void {
    splice(this.socket, upstream, { over, silence: this.#options.pingInterval })
  }

  /** From now on the connection is a tunnel. Returns what the client has sent ahead. */
  #detach (): Buffer {
    const ahead = this.#pending ?? nothing
    this.#enter('tunnel')
    this.#exchange = undefined
    this.#gone = undefined
    this.#pending = undefined
    receiveFrom(this.socket.pause(), undefined).removeAllListeners('drain').removeAllListeners('end')
    this.#options.tunnelled(true)
    this.socket.once('close', () => this.#options.tunnelled(false))
    return ahead
  }

  #data (bytes: Buffer): void {
    switch (this.#state) {
      case 'head':
        if (this.#pending === undefined) this.since = performance.now()
        this.#pending = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes])
        return this.#advance()
      case 'exchange':
        this.since = performance.now()
        return this.#pass(bytes, bytes => this.#exchange?.clientData(bytes) ?? 0)
      case 'routing':
        return this.#hold(bytes)
      case 'tunnel':
      case 'leaving':
    }
  }

  /** Reads the next head, if it is all there. */
  #advance (): void {
    try {
      this.#skipEmptyLines()
      const bytes = this.#pending
      if (bytes === undefined || this.#state !== 'head') return
      const end = headEnd(bytes, { seen: this.#seen, limit: this.#options.headBytes, status: 400 })
      this.#seen = end < 0 ? bytes.length : 0
      if (end < 0) return
      this.#pending = end < bytes.length ? bytes.subarray(end) : undefined
      this.#begin(new RequestHead(bytes, end, this.#reading))
    } catch (error) {
      this.#refuse(asRefusal(error))
    }
  }

  /** Old clients send an empty line behind a body (RFC 9112, §2.2). */
  #skipEmptyLines (): void {
    while (this.#pending !== undefined && this.#pending[0] === 13 && this.#pending[1] === 10) {
      this.#pending = this.#pending.length > 2 ? this.#pending.subarray(2) : undefined
      this.#seen = 0
    }
  }

  #begin (head: RequestHead): void {
    this.requests++
    this.#head = head
    const exchange = new Exchange(head, this, this.#exchanges)
    this.#exchange = exchange
    this.#state = 'routing' // for as long as it takes: no need to ask for the time
    const where = this.#options.route(head, this)
    if (!(where instanceof Promise)) return this.#send(exchange, where)
    where.then(
      where => { this.#exchange === exchange ? this.#send(exchange, where) : where.unused?.() },
      (error: unknown) => { if (this.#exchange === exchange) this.#refuse(asRefusal(error)) })
  }

  #send (exchange: Exchange, where: Destination): void {
    if ('take' in where) return this.#handOver(where)
    this.#enter('exchange')
    const held = this.#pending
    this.#pending = undefined
    this.#pass(held ?? nothing, bytes => exchange.begin(where, bytes))
  }

  /** The body's bytes go upstream; what lies behind it waits for its turn. @param take says how many are the body's */
  #pass (bytes: Buffer, take: (bytes: Buffer) => number): void {
    try {
      const taken = take(bytes)
      if (taken < bytes.length) this.#hold(bytes.subarray(taken))
    } catch (error) {
      this.#refuse(asRefusal(error))
    }
  }

  #hold (bytes: Buffer): void {
    this.#pending = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes])
    if (this.#pending.length > mostAhead) this.socket.pause()
  }

  #refuse (refusal: Refusal): void {
    this.#abandon()
    if (this.#state === 'leaving' || this.socket.destroyed) return
    const head = this.#head
    this.socket.write(renderAnswer(this.#options.refuse(refusal, head), head?.method !== 'HEAD'))
    this.#leave()
  }

  /** Closing with unread bytes would reset the connection, and the answer with it: they are read and thrown away for a while. */
  #leave (): void {
    this.#enter('leaving')
    this.#pending = undefined
    const socket = this.socket
    socket.end(() => {
      const timer = setTimeout(() => socket.destroy(), lingering)
      socket.once('close', () => clearTimeout(timer))
    })
    socket.resume()
  }

  /** A client that ends its side while it waits for an answer has hung up, as for Node's own server. What it was sent before still goes out. */
  #ended (): void {
    this.#abandon()
    if (this.#state === 'head') this.#leave()
    else if (this.#state !== 'leaving') this.destroy()
  }

  #abandon (): void {
    this.#exchange?.abandon()
    this.#exchange = undefined
    this.#gone?.abort(new Error('the client hung up'))
    this.#gone = undefined
  }

  #enter (state: State): void {
    this.#state = state
    this.since = performance.now()
  }
}
