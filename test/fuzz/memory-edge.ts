/** The edge's own code between a client and an upstream that are both in memory: no socket, no wait, so that many cases fit into a second. */
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { ClientConnection } from '../../src/edge/client-connection.js'
import { FieldScanner } from '../../src/edge/fields.js'
import type { Refusal } from '../../src/edge/refusal.js'
import type { UpstreamConnection, Upstreams, UpstreamUser } from '../../src/edge/upstreams.js'
import type { Upstream } from '../../src/protocol/remote-end.js'
import { NodeParser, type Read, type Reading } from './node-parser.js'

const answer = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')

/** As much of a `net.Socket` as the edge uses. */
export class MemorySocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1'
  destroyed = false
  ended = false
  written = ''
  /** Called with each write. */
  readonly #written: (bytes: Buffer) => void

  constructor (written: (bytes: Buffer) => void = () => {}) {
    super()
    this.#written = written
  }

  write (bytes: Buffer | string): boolean {
    const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
    this.written += buffer.toString('latin1')
    this.#written(buffer)
    return true
  }

  end (): this { this.ended = true; return this }
  destroy (): this {
    if (!this.destroyed) {
      this.destroyed = true
      this.emit('close')
    }
    return this
  }

  pause (): this { return this }
  resume (): this { return this }
  isPaused (): boolean { return false }
  cork (): void {}
  uncork (): void {}
}

/** What the edge did with a client's bytes. */
export class MemoryEdge implements Reading {
  /** As they arrived behind the edge, read by Node's parser. */
  readonly requests: Read[] = []
  refused: string | undefined
  /** Why Node refused what the edge had sent on: never to be. */
  damage: string | undefined
  /** Requests that have begun and are not over. */
  open = 0
  readonly client = new MemorySocket()
  readonly #late: boolean
  #connection: MemoryUpstream | undefined

  /** @param late whether the place of a request is found after a while only, as when a password is checked first */
  constructor (late: boolean) {
    this.#late = late
    const upstream: Upstream = { authority: 'a', address: { path: 'a' }, base: '', user: '', kind: 'browser', enter: () => { this.open++ }, leave: () => { this.open-- } }
    const connection = new ClientConnection(this.client as unknown as Socket, {
      route: head => this.#late ? Promise.resolve({ upstream, target: head.target }) : { upstream, target: head.target },
      refuse: refusal => { this.#refuse(refusal); return { status: refusal.status, headers: {}, body: '' } },
      upstreams: this.#upstreams() as unknown as Upstreams,
      scanner: new FieldScanner(),
      headBytes: 64 * 1024,
      bodyBytes: 1 << 20,
      pingInterval: 25_000,
      tunnelled: () => {}
    })
    void connection
  }

  /** Feeds bytes, and answers what arrives whole behind the edge. */
  async take (bytes: Buffer): Promise<void> {
    this.client.emit('data', bytes)
    do {
      if (this.#late) await new Promise(resolve => setImmediate(resolve))
    } while (this.#answerNext())
  }

  /** The client goes. */
  close (): void {
    this.client.destroy()
    this.#connection?.free()
  }

  #refuse (refusal: Refusal): void {
    this.refused = `${refusal.status} ${refusal.message}`
  }

  #answerNext (): boolean {
    const connection = this.#connection
    if (connection?.reading.refused !== undefined) this.damage ??= connection.reading.refused
    if (connection?.user === undefined || connection.requests.at(-1)?.complete !== true) return false
    connection.user.upstreamData(answer)
    return true
  }

  #upstreams (): Pick<Upstreams, 'take' | 'connect' | 'keep'> {
    const connect = (user: UpstreamUser): UpstreamConnection => {
      this.#connection?.free()
      this.#connection = new MemoryUpstream(user, this.requests)
      return this.#connection as unknown as UpstreamConnection
    }
    return {
      take: (_, user) => {
        const kept = this.#connection
        if (kept === undefined || kept.socket.destroyed || kept.user !== undefined) return connect(user)
        kept.user = user
        return kept as unknown as UpstreamConnection
      },
      connect: (_, user) => connect(user),
      keep: connection => { connection.user = undefined }
    }
  }
}

class MemoryUpstream {
  readonly used = false
  readonly reading = new NodeParser()
  readonly socket = new MemorySocket(bytes => this.#read(bytes))
  user: UpstreamUser | undefined
  readonly #all: Read[]
  #seen = 0

  constructor (user: UpstreamUser, all: Read[]) {
    this.user = user
    this.#all = all
  }

  get requests (): readonly Read[] {
    return this.reading.requests
  }

  destroy (): void {
    this.user = undefined
    this.socket.destroy()
  }

  free (): void {
    this.reading.free()
  }

  #read (bytes: Buffer): void {
    this.reading.take(bytes)
    for (; this.#seen < this.requests.length; this.#seen++) this.#all.push(this.requests[this.#seen] as Read)
  }
}
