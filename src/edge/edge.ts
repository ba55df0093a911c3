/** The edge: reads a request's head, finds where it belongs, moves bytes. It knows sockets, not sessions. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { ClientConnection } from './client-connection.js'
import type { ClientOptions } from './client-options.js'
import { direct } from './direct-socket.js'
import { FieldScanner } from './fields.js'
import { Unreachable } from './unreachable.js'
import { Upstreams } from './upstreams.js'

export type { Caller, Destination, Finder, Join, Route, Takeover } from './route.js'
export type { Answer } from './refusal.js'
export { Refusal } from './refusal.js'
export type { RequestHead } from './request-head.js'

export interface EdgeOptions extends Pick<ClientOptions, 'route' | 'refuse'> {
  readonly limits: EdgeLimits
  /** Told of each client that has connected, before it has said anything. */
  readonly accepted?: () => void
}

/** Times in milliseconds. */
export interface EdgeLimits {
  /** Longest head, of requests and of answers. */
  readonly headBytes: number
  /** Longest body of a request. */
  readonly bodyBytes: number
  /** For a head to arrive. */
  readonly headTimeout: number
  /** Between two requests of a connection. */
  readonly idleTimeout: number
  /** A WebSocket's client that hears nothing for so long gets a ping. */
  readonly pingInterval: number
  /** For an upstream to accept. */
  readonly connectTimeout: number
}

/** What the edge has seen and holds. */
export interface EdgeStats {
  readonly connections: number
  readonly tunnels: number
}

/** @param accept takes a client's socket, to which bytes can be written and which has no listeners */
export type Opener = (accept: (socket: Socket) => void) => Server

const tcp = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, pauseOnConnect: true }

/** Of one read, in bytes: the most that Node.js takes by itself. */
const readBytes = 64 * 1024

/** A client that sends a body may pause for so long, in milliseconds. */
const bodyTimeout = 60_000
/** How often time is looked at: one clock for all connections, none for each request. */
const tick = 500
/** How often clients are looked for whose machine has gone, in milliseconds. */
const lookout = 5000

export class Edge {
  readonly #options: EdgeOptions
  readonly #upstreams: Upstreams
  readonly #buffer = Buffer.allocUnsafeSlow(readBytes)
  readonly #open: Opener = accept => createServer(tcp, socket => accept(direct(socket, this.#buffer)))
  readonly #scanner = new FieldScanner()
  readonly #servers = new Set<Server>()
  readonly #clients = new Set<ClientConnection>()
  readonly #timer: NodeJS.Timeout
  readonly #lookout: NodeJS.Timeout
  readonly #unreachable = new Unreachable()
  #tunnels = 0
  #lastTunnelOver: () => void = () => {}
  #closing = false

  constructor (options: EdgeOptions) {
    this.#options = options
    this.#upstreams = new Upstreams(options.limits.connectTimeout, this.#buffer)
    this.#timer = setInterval(() => this.#checkTime(), Math.min(tick, options.limits.headTimeout / 2, options.limits.idleTimeout / 2)).unref()
    this.#lookout = setInterval(() => this.#cutUnreachable(), lookout).unref()
  }

  get stats (): EdgeStats {
    return { connections: this.#clients.size, tunnels: this.#tunnels }
  }

  /** Listens at one more address. Rejects with `EADDRINUSE` and the like. @param open makes a server that may look at clients first */
  async listen (host: string, port: number, open: Opener = this.#open): Promise<AddressInfo> {
    const server = open(socket => this.#accept(socket))
    server.listen({ host, port, backlog: 4096 })
    await once(server, 'listening')
    this.#servers.add(server)
    return server.address() as AddressInfo
  }

  /** From now on connections end with their next answer, so that clients find another edge. Resolves when no tunnel is left, or after so long (ms). */
  retire (patience: number): Promise<void> {
    this.#closing = true
    for (const client of this.#clients) client.closing = true
    if (this.#tunnels === 0) return Promise.resolve()
    return new Promise(resolve => {
      const late = setTimeout(resolve, patience)
      this.#lastTunnelOver = () => { clearTimeout(late); resolve() }
    })
  }

  /** Accepts nobody any more; requests in flight get so long (ms), then everything is cut. */
  async close (grace: number): Promise<void> {
    this.#closing = true
    const closed = [...this.#servers].map(server => once(server.close(), 'close'))
    for (const client of this.#clients) {
      client.closing = true
      if (client.idle || client.tunnel) client.destroy()
    }
    const late = setTimeout(() => this.#clients.forEach(client => client.destroy()), grace)
    await Promise.all(closed)
    clearTimeout(late)
    clearInterval(this.#timer)
    clearInterval(this.#lookout)
    this.#upstreams.close()
  }

  #accept (socket: Socket): void {
    const { route, refuse, accepted, limits: { headBytes, bodyBytes, pingInterval } } = this.#options
    accepted?.()
    const client = new ClientConnection(socket, {
      route,
      refuse,
      headBytes,
      bodyBytes,
      pingInterval,
      upstreams: this.#upstreams,
      scanner: this.#scanner,
      tunnelled: open => {
        this.#tunnels += open ? 1 : -1
        if (this.#tunnels === 0) this.#lastTunnelOver()
      }
    })
    client.closing = this.#closing
    this.#clients.add(client)
    socket.once('close', () => this.#clients.delete(client))
  }

  #cutUnreachable (): void {
    const sockets = [...this.#clients].flatMap(client => client.idle ? [] : [client.socket])
    if (sockets.length > 0) this.#unreachable.among(sockets, performance.now()).forEach(socket => socket.destroy())
  }

  #checkTime (): void {
    const { headTimeout, idleTimeout } = this.#options.limits
    const now = performance.now()
    for (const client of this.#clients) client.checkTime(now, { head: headTimeout, idle: idleTimeout, body: bodyTimeout })
    this.#upstreams.sweep()
  }
}
