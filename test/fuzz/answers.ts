/** Damaged answers of an upstream: whatever comes, the client has an answer or a closed connection, and nothing is left open. */
import { ClientConnection } from '../../src/edge/client-connection.js'
import { FieldScanner } from '../../src/edge/fields.js'
import type { UpstreamConnection, Upstreams, UpstreamUser } from '../../src/edge/upstreams.js'
import type { Upstream } from '../../src/protocol/remote-end.js'
import type { Socket } from 'node:net'
import { MemorySocket } from './memory-edge.js'
import { mutate } from './mutate.js'
import { Random } from './random.js'

const heads = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nto the end',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nabc',
  'HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 1\r\n\r\n!'
] as const
const asked = ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab'] as const

/** What is wrong with how the edge took the answer of this seed; undefined when nothing is. */
export function takeAnswer (seed: number): string | undefined {
  const random = new Random(seed)
  const bytes = Buffer.from(random.once(8) ? random.pick(heads) : mutate(random.pick(heads), random), 'latin1')
  const client = new MemorySocket()
  const upstream = new MemorySocket()
  let user: UpstreamUser | undefined
  let open = 0
  const connect = (taker: UpstreamUser): UpstreamConnection => {
    user = taker
    const destroy = (): void => { user = undefined; upstream.destroy() }
    return { socket: upstream, used: false, destroy, detach: () => { user = undefined; return upstream } } as unknown as UpstreamConnection
  }
  const place: Upstream = { authority: 'a', address: { path: 'a' }, base: '', user: '', kind: 'browser', enter: () => { open++ }, leave: () => { open-- } }
  const connection = new ClientConnection(client as unknown as Socket, {
    route: () => ({ upstream: place, target: '/' }),
    refuse: ({ status, message }) => ({ status, headers: {}, body: message }),
    upstreams: { take: (_: Upstream, taker: UpstreamUser) => connect(taker), connect: (_: Upstream, taker: UpstreamUser) => connect(taker), keep: () => { user = undefined } } as unknown as Upstreams,
    scanner: new FieldScanner(),
    headBytes: 64 * 1024,
    bodyBytes: 1 << 20,
    pingInterval: 25_000,
    tunnelled: () => {}
  })
  client.emit('data', Buffer.from(random.pick(asked)))
  for (const piece of random.split(bytes)) user?.upstreamData(piece)
  user?.upstreamEnd()
  const over = connection.idle || connection.tunnel || client.ended || client.destroyed
  if (connection.tunnel) {
    client.destroy()
    upstream.destroy()
  }
  if (!over) return `the client waits for ever: it has ${JSON.stringify(client.written)}`
  if (open !== 0) return `${open} requests never ended`
  return client.written !== '' || client.destroyed ? undefined : 'neither an answer nor a closed connection'
}
