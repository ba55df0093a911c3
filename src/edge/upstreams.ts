/** Connections to drivers, browsers and the control plane: made, kept for the next request to the same place, and closed. */
import type { Socket } from 'node:net'
import { DirectSocket, receiveFrom } from './direct-socket.js'
import type { Upstream } from '../protocol/remote-end.js'

/** Who has the connection at the moment. */
export interface UpstreamUser {
  upstreamData (bytes: Buffer): void
  /** The upstream will send nothing more; without an error it said so itself. */
  upstreamEnd (error?: Error): void
  /** Bytes can be written again. */
  upstreamDrain (): void
}

/** Kept for one authority at most, and for so long (ms). */
const mostIdle = 64
const longestIdle = 60_000

export class UpstreamConnection {
  readonly socket: Socket
  readonly authority: string
  user: UpstreamUser | undefined
  idleSince = 0
  /** Whether it was kept after an earlier request. */
  used = false

  constructor (socket: Socket, authority: string, forget: (connection: UpstreamConnection) => void) {
    this.socket = socket
    this.authority = authority
    let failure: Error | undefined
    socket.on('error', error => { failure = error })
    receiveFrom(socket, bytes => {
      if (this.user === undefined) this.destroy() // an answer that nobody asked for
      else this.user.upstreamData(bytes)
    })
    socket.on('drain', () => this.user?.upstreamDrain())
    socket.on('end', () => {
      forget(this)
      this.#over()
    })
    socket.on('close', () => {
      forget(this)
      this.#over(failure ?? new Error('the connection was cut'))
    })
  }

  /** Hands the socket over, paused, with nothing but its error listener. */
  detach (): Socket {
    this.user = undefined
    return receiveFrom(this.socket.pause(), undefined).removeAllListeners('drain').removeAllListeners('end')
  }

  destroy (): void {
    this.user = undefined
    this.socket.destroy()
  }

  #over (error?: Error): void {
    const { user } = this
    if (user === undefined) {
      this.socket.destroy()
    } else {
      if (error !== undefined) this.user = undefined
      user.upstreamEnd(error)
    }
  }
}

export class Upstreams {
  readonly #idle = new Map<string, UpstreamConnection[]>()
  readonly #all = new Set<UpstreamConnection>()
  readonly #connectTimeout: number
  readonly #buffer: Buffer

  /** @param connectTimeout in milliseconds @param buffer that all sockets are read into */
  constructor (connectTimeout: number, buffer: Buffer) {
    this.#buffer = buffer
    this.#connectTimeout = connectTimeout
  }

  /** A kept connection, the most recently used first, or a new one, to which bytes can be written at once. */
  take (upstream: Upstream, user: UpstreamUser): UpstreamConnection {
    const idle = this.#idle.get(upstream.authority)
    for (let kept = idle?.pop(); kept !== undefined; kept = idle?.pop()) {
      if (kept.socket.destroyed || kept.socket.readyState !== 'open') continue
      kept.user = user
      return kept
    }
    return this.connect(upstream, user)
  }

  /** A new connection, for a tunnel: it is never kept. */
  connect (upstream: Upstream, user: UpstreamUser): UpstreamConnection {
    const socket = upstream.connect?.() ?? new DirectSocket({}, this.#buffer).setNoDelay(true).setKeepAlive(true, 30_000).connect(upstream.address)
    const connection = new UpstreamConnection(socket, upstream.authority, gone => this.#forget(gone))
    const late = setTimeout(() => socket.destroy(new Error(`no connection within ${this.#connectTimeout} ms`)), this.#connectTimeout)
    socket.once('connect', () => clearTimeout(late)).once('close', () => clearTimeout(late))
    connection.user = user
    this.#all.add(connection)
    return connection
  }

  /** Gives a connection back whose last answer is complete. */
  keep (connection: UpstreamConnection): void {
    const idle = this.#idle.get(connection.authority) ?? []
    if (idle.length >= mostIdle || connection.socket.destroyed) return connection.destroy()
    connection.user = undefined
    connection.used = true
    connection.idleSince = performance.now()
    idle.push(connection)
    this.#idle.set(connection.authority, idle)
  }

  /** Closes what nobody has used for long. */
  sweep (): void {
    const since = performance.now() - longestIdle
    for (const [authority, idle] of this.#idle) {
      idle.filter(({ idleSince }) => idleSince < since).forEach(connection => connection.destroy())
      if (idle.length === 0) this.#idle.delete(authority)
    }
  }

  close (): void {
    this.#all.forEach(connection => connection.destroy())
  }

  #forget (connection: UpstreamConnection): void {
    this.#all.delete(connection)
    const idle = this.#idle.get(connection.authority)
    const at = idle?.indexOf(connection) ?? -1
    if (at >= 0) idle?.splice(at, 1)
  }
}
