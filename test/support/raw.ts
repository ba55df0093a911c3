/** Raw sockets: a client that sends bytes, and an upstream that does what its script says. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import { Edge, type EdgeLimits } from '../../src/edge/edge.js'
import type { Upstream } from '../../src/protocol/remote-end.js'
import { until } from './until.js'

/** What one connection of the upstream does. */
export type Script = (socket: Socket, count: number) => void

export interface EdgeUnderTest {
  readonly edge: Edge
  readonly port: number
  /** Connections that the upstream has accepted. */
  readonly accepted: () => number
  /** Requests that have begun and are not over. */
  readonly open: () => number
  /** From now on nobody listens there. */
  readonly closeUpstream: () => Promise<void>
}

const usual: EdgeLimits = { headBytes: 64 * 1024, bodyBytes: 100 * 1024 * 1024, headTimeout: 10_000, idleTimeout: 10_000, pingInterval: 10_000, connectTimeout: 2000 }

/** An edge before an upstream with this script; at the test's end nothing of it may be left open. */
export async function startEdge (t: Test, script: Script, limits: Partial<EdgeLimits> = {}): Promise<EdgeUnderTest> {
  const sockets = new Set<Socket>()
  let accepted = 0
  const server = createServer({ allowHalfOpen: true, noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    script(socket, ++accepted)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  const closeUpstream = async (): Promise<void> => {
    sockets.forEach(socket => socket.destroy())
    if (server.listening) await once(server.close(), 'close')
  }
  let open = 0
  let ended = 0
  const upstream: Upstream = { authority: `127.0.0.1:${address.port}`, address, base: '', user: '', host: undefined, enter: () => { open++ }, leave: () => { open--; ended++ } }
  const edge = new Edge({
    route: head => ({ upstream, target: head.target }),
    refuse: ({ status, message }) => ({ status, headers: { 'Content-Type': 'text/plain' }, body: message }),
    limits: { ...usual, ...limits }
  })
  const { port } = await edge.listen('127.0.0.1', 0)
  t.teardown(async () => {
    // What the test's clients have left closes by itself; requests that nobody waits for are over.
    await until('no request is open', () => open === 0)
    await edge.close(0)
    await closeUpstream()
    await until(`nothing is left of ${ended} requests`, () => edge.stats.connections === 0 && edge.stats.tunnels === 0 && open === 0)
  })
  return { edge, port, accepted: () => accepted, open: () => open, closeUpstream }
}

export class Client {
  readonly socket: Socket
  received = ''
  ended = false
  closed = false

  constructor (port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
    this.socket.on('error', () => {}).on('data', bytes => { this.received += bytes.toString('latin1') })
    this.socket.on('end', () => { this.ended = true }).on('close', () => { this.closed = true })
  }

  send (text: string): this {
    this.socket.write(text, 'latin1')
    return this
  }

  /** Resolves with all that was received when it contains this. */
  async has (text: string | RegExp): Promise<string> {
    await until(`the client has ${text}; it has ${JSON.stringify(this.received.slice(-200))}`, () => typeof text === 'string' ? this.received.includes(text) : text.test(this.received))
    return this.received
  }

  /** Resolves with all that was received when the other side has closed. */
  async over (): Promise<string> {
    await until(`the client's connection is closed; it has ${JSON.stringify(this.received.slice(-200))}`, () => this.ended || this.closed)
    this.socket.destroy()
    return this.received
  }
}

export function openClient (t: Pick<Test, 'teardown'>, port: number): Client {
  const client = new Client(port)
  t.teardown(() => { client.socket.resetAndDestroy() })
  return client
}

/** An upstream that reads requests without a body, or with a Content-Length, and answers each with what this says. */
export function answering (answer: (head: string, body: string) => string): Script {
  return socket => {
    let pending = ''
    socket.on('data', bytes => {
      pending += bytes.toString('latin1')
      for (;;) {
        const end = pending.indexOf('\r\n\r\n') + 4
        if (end < 4) return
        const head = pending.slice(0, end)
        const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
        const chunked = /^transfer-encoding:/im.test(head)
        const last = chunked ? pending.indexOf('0\r\n\r\n', end) + 5 : end + length
        if (last < end || pending.length < last) return
        socket.write(answer(head, pending.slice(end, last)), 'latin1')
        pending = pending.slice(last)
      }
    })
    socket.on('end', () => socket.end())
  }
}

/** An answer with a length. */
export function ok (body: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** The target of a head. */
export function targetOf (head: string): string {
  return head.split(' ', 2)[1] ?? ''
}
