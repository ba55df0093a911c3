/** One request and its answer: bytes out, bytes back, and an end for every way in which either side can fail. */
import type { Socket } from 'node:net'
import type { Upstream } from '../protocol/remote-end.js'
import { bodyOf, noBody, untilClose, type Body } from './body.js'
import type { FieldScanner } from './fields.js'
import { headEnd } from './head-end.js'
import { Refusal } from './refusal.js'
import type { RequestHead } from './request-head.js'
import { ResponseHead } from './response-head.js'
import type { Route } from './route.js'
import type { UpstreamConnection, Upstreams, UpstreamUser } from './upstreams.js'

export interface ExchangeOptions {
  readonly client: Socket
  readonly scanner: FieldScanner
  readonly upstreams: Upstreams
  readonly headLimit: number
  readonly bodyLimit: number
}

/** The client's connection, as its exchange needs it. */
export interface ExchangeOwner {
  /** The answer is complete; nothing of the exchange is left. @param close whether the connection ends with it */
  answered (close: boolean): void
  /** No answer, or no more of it. @param begun whether the client has part of an answer already */
  failed (refusal: Refusal, begun: boolean): void
  /** The upstream agreed to another protocol: the sockets are the caller's. @param early what the upstream sent behind its head */
  upgraded (upstream: Socket, early: Buffer, over: () => void): void
  /** Whether this connection is to end after this answer for reasons of the owner's. */
  readonly closing: boolean
}

/** Bytes that are copied rather than sent beside others. */
const short = 4096

export class Exchange implements UpstreamUser {
  readonly #head: RequestHead
  readonly #owner: ExchangeOwner
  readonly #options: ExchangeOptions
  readonly #body: Body
  #upstream: Upstream | undefined
  #connection: UpstreamConnection | undefined
  /** A body in chunks on its way to a driver, which knows none: it goes on whole. */
  #gathered: Buffer[] | undefined
  #target = ''
  #pending: Buffer | undefined
  #seen = 0
  #answer: Body | undefined
  #reusable = true
  #close = false

  /** @throws Refusal for a body that is announced to be too long */
  constructor (head: RequestHead, owner: ExchangeOwner, options: ExchangeOptions) {
    if ((head.length ?? 0) > options.bodyLimit) throw new Refusal(413, `the body is longer than ${options.bodyLimit} bytes (bodyLimit)`)
    this.#head = head
    this.#owner = owner
    this.#options = options
    this.#body = bodyOf(head, 400, options.bodyLimit, head.chunked ? bytes => this.#gathered?.push(bytes) : undefined)
  }

  /** Whether the whole request has been taken. */
  get requestDone (): boolean {
    return this.#body.done
  }

  /** Sends the head, and behind it what of these bytes is the request's body; returns how many. @throws Refusal */
  begin ({ upstream, target }: Route, held: Buffer): number {
    const { upstreams, client } = this.#options
    upstream.enter()
    this.#upstream = upstream
    if (this.#head.expects && !this.#body.done) client.write('HTTP/1.1 100 Continue\r\n\r\n')
    if (this.#head.chunked && upstream.kind === 'browser') {
      this.#gathered = []
      this.#target = target
      return this.clientData(held)
    }
    const taken = this.#body.take(held, 0)
    this.#connection = this.#head.upgrade ? upstreams.connect(upstream, this) : upstreams.take(upstream, this)
    if (!writeBehind(this.#connection.socket, this.#head.forward(target, upstream), held.subarray(0, taken))) client.pause()
    return taken
  }

  /** Passes on what of these bytes is the request's body; returns how many. @throws Refusal */
  clientData (bytes: Buffer): number {
    const taken = this.#body.take(bytes, 0)
    if (this.#gathered !== undefined) {
      if (this.#body.done) this.#sendGathered()
      return taken
    }
    if (taken > 0 && this.#connection?.socket.write(bytes.subarray(0, taken)) === false) this.#options.client.pause()
    return taken
  }

  /** The client takes bytes again. */
  clientDrain (): void {
    this.#connection?.socket.resume()
  }

  /** The client has gone, or is to go. */
  abandon (): void {
    this.#connection?.destroy()
    this.#connection = undefined
    this.#leave()
  }

  upstreamDrain (): void {
    this.#options.client.resume()
  }

  upstreamData (bytes: Buffer): void {
    try {
      if (this.#answer === undefined) this.#readHead(this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes]))
      else this.#relay(bytes, 0, undefined)
    } catch (error) {
      this.#fail(error instanceof Refusal ? error : new Refusal(502, (error as Error).message, { cause: error }))
    }
  }

  upstreamEnd (error?: Error): void {
    if (this.#answer === untilClose && error === undefined) return this.#finish()
    if (error === undefined && this.#answer === undefined && this.#connection?.used === true && this.#seen === 0) this.#fail(new Refusal(502, 'the connection was closed in the moment in which it was used again'))
    else this.#fail(new Refusal(502, error === undefined ? 'it closed the connection before the answer was complete' : error.message))
  }

  #sendGathered (): void {
    const body = Buffer.concat(this.#gathered ?? [])
    this.#gathered = undefined
    if (this.#upstream === undefined) return
    this.#connection = this.#options.upstreams.take(this.#upstream, this)
    writeBehind(this.#connection.socket, this.#head.forward(this.#target, this.#upstream, body.length), body)
  }

  #readHead (bytes: Buffer): void {
    const end = headEnd(bytes, { seen: this.#seen, limit: this.#options.headLimit, status: 502 })
    if (end < 0) {
      this.#seen = bytes.length
      this.#pending = bytes
      return
    }
    this.#seen = 0
    this.#pending = undefined
    const head = new ResponseHead(bytes, this.#options.scanner)
    if (head.status === 101) return this.#upgrade(head, bytes.subarray(end))
    if (head.interim) return this.#interim(head, bytes.subarray(end))
    this.#begin(head, bytes, end)
  }

  #begin (head: ResponseHead, bytes: Buffer, end: number): void {
    if (head.chunked && this.#head.minor === 0) throw new Refusal(502, 'the answer comes in chunks, which HTTP/1.0 has not')
    const bodiless = this.#head.method === 'HEAD' || head.status === 204 || head.status === 304
    const endless = !bodiless && !head.chunked && head.length === undefined
    this.#answer = bodiless ? noBody : endless ? untilClose : bodyOf(head, 502, Infinity)
    this.#reusable = !head.closes && !endless && !this.#head.upgrade
    this.#close = this.#head.closes || head.minor === 0 || endless || !this.#body.done || this.#head.upgrade || this.#owner.closing
    this.#relay(bytes, end, head.plain && !this.#close ? undefined : head.forward(this.#close))
  }

  /** @param from where the body's part of the bytes begins @param head what goes before it; undefined for the bytes' own */
  #relay (bytes: Buffer, from: number, head: string | undefined): void {
    const { client } = this.#options
    const answer = this.#answer ?? noBody
    const end = from + answer.take(bytes, from)
    if (end < bytes.length) this.#reusable = false // more than the answer: nothing of it is anybody's
    const flowing = head === undefined ? client.write(bytes.subarray(0, end)) : writeBehind(client, head, bytes.subarray(from, end))
    if (answer.done) this.#finish()
    else if (!flowing) this.#connection?.socket.pause()
  }

  #interim (head: ResponseHead, rest: Buffer): void {
    if (this.#head.minor === 1) this.#options.client.write(head.forward(false), 'latin1')
    if (rest.length > 0) this.#readHead(rest)
  }

  #upgrade (head: ResponseHead, early: Buffer): void {
    const connection = this.#connection
    if (!this.#head.upgrade || connection === undefined) throw new Refusal(502, 'it changed the protocol without being asked to')
    this.#options.client.write(head.forward(false), 'latin1')
    this.#connection = undefined
    this.#owner.upgraded(connection.detach(), early, () => this.#leave())
  }

  #finish (): void {
    const connection = this.#connection
    this.#connection = undefined
    if (connection !== undefined && this.#reusable && this.#body.done) this.#options.upstreams.keep(connection)
    else connection?.destroy()
    this.#leave()
    this.#owner.answered(this.#close)
  }

  #fail (cause: Refusal): void {
    const refusal = this.#upstream?.kind === 'agent' ? new Refusal(cause.status, `the agent at ${this.#upstream.authority}, which has this session: ${cause.message}`, { cause }) : cause
    this.#connection?.destroy()
    this.#connection = undefined
    this.#leave()
    this.#owner.failed(refusal, this.#answer !== undefined)
  }

  #leave (): void {
    this.#upstream?.leave()
    this.#upstream = undefined
  }
}

/** A head and the bytes behind it in one system call, which for what is short is cheapest as one text. @returns whether the socket takes more */
function writeBehind (socket: Socket, head: string, bytes: Buffer): boolean {
  if (bytes.length <= short) return socket.write(bytes.length === 0 ? head : head + bytes.toString('latin1'), 'latin1')
  socket.cork()
  socket.write(head, 'latin1')
  const flowing = socket.write(bytes)
  socket.uncork()
  return flowing
}
