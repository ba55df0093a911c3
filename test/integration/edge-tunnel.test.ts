/** Upgrades, and how much is held for whoever does not read. */
import t from 'tap'
import type { Socket } from 'node:net'
import { openClient, startEdge, type Client, type Script } from '../support/raw.js'
import { until } from '../support/until.js'

const upgrade = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const agreed = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n'

/** Agrees, and then sends back what it gets. */
const echo: Script = socket => {
  socket.once('data', head => {
    const text = head.toString('latin1')
    socket.write(agreed + text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1')
    socket.pipe(socket)
  })
}

t.test('after 101 every byte passes, both ways', async t => {
  const { port, edge } = await startEdge(t, echo)
  const client = openClient(t, port).send(upgrade)
  await client.has(agreed)
  t.same(edge.stats, { connections: 1, tunnels: 1 })
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
  await client.send(bytes).has(bytes)
  client.socket.end()
  t.equal(await client.over(), agreed + bytes)
})

t.test('bytes that come with the request or with the answer are not lost', async t => {
  const { port } = await startEdge(t, echo)
  await openClient(t, port).send(`${upgrade}early`).has(`${agreed}early`)
})

t.test('an upstream that says anything but 101 is answered as it is, and the connection closed', async t => {
  const { port, edge } = await startEdge(t, socket => socket.once('data', () => socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')))
  t.match(await openClient(t, port).send(`${upgrade}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`).over(), /^HTTP\/1\.1 403 [^]*\r\n\r\nno$/)
  await until('no tunnel', () => edge.stats.tunnels === 0)
})

t.test('the head goes upstream as one WebSocket\'s, whatever else Connection named', async t => {
  let seen = ''
  const { port } = await startEdge(t, socket => socket.once('data', head => { seen = head.toString('latin1'); socket.write(agreed) }))
  await openClient(t, port).send(upgrade).has(agreed)
  t.match(seen, /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n$/)
  t.match(seen, /\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n/)
  t.equal(seen.match(/^(connection|upgrade):/gim)?.length, 2)
})

t.test('one side\'s goodbye reaches the other, which may still talk', async t => {
  const { port } = await startEdge(t, socket => {
    socket.once('data', () => socket.write(agreed))
    socket.on('end', () => socket.end('last words'))
  })
  const client = openClient(t, port).send(upgrade)
  await client.has(agreed)
  client.socket.end()
  t.match(await client.over(), /last words$/)
})

t.test('a tunnel whose one side is cut loses the other', async t => {
  const cut: Socket[] = []
  const { port } = await startEdge(t, socket => { cut.push(socket); socket.on('end', () => socket.end()).once('data', () => socket.write(agreed)) })
  for (const [who, end] of [['client', (client: Client) => client.socket.resetAndDestroy()], ['upstream', () => cut.at(-1)?.resetAndDestroy()]] as const) {
    const client = openClient(t, port).send(upgrade)
    await client.has(agreed)
    end(client)
    await until(`both are closed after the ${who}'s end`, () => (client.closed || client.ended) && cut.at(-1)?.closed === true)
  }
})

const gibibyte = 2 ** 30
/** What kernel buffers of four sockets and the edge's own may hold together. */
const held = 48 * 2 ** 20

t.test('1 GiB to a client that stops reading: a bounded part of it is held, then all of it arrives', async t => {
  let sent = (): number => 0
  const { port } = await startEdge(t, socket => {
    sent = () => socket.bytesWritten
    socket.once('data', () => pour(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${gibibyte}\r\n\r\n`))
  })
  const client = silent(openClient(t, port)).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await until('it flows', () => sent() > 0)
  t.ok(await atRest(sent) < held)
  await taken(client.socket, gibibyte)
})

t.test('1 GiB from a client to an upstream that stops reading', { timeout: 120_000 }, async t => {
  const upstream: Socket[] = []
  const { port } = await startEdge(t, socket => { upstream.push(socket); socket.pause() }, { bodyBytes: 2 * gibibyte })
  const client = openClient(t, port)
  pour(client.socket, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${gibibyte}\r\n\r\n`)
  await until('it flows', () => upstream.length === 1 && client.socket.bytesWritten > 0)
  t.ok(await atRest(() => client.socket.bytesWritten) < held)
  await taken(upstream[0] as Socket, gibibyte)
  upstream[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  await client.has(/ok$/)
})

t.test('1 GiB through a tunnel to a client that stops reading', { timeout: 120_000 }, async t => {
  let sent = (): number => 0
  const { port } = await startEdge(t, socket => {
    sent = () => socket.bytesWritten
    socket.once('data', () => pour(socket, agreed))
  })
  const client = silent(openClient(t, port)).send(upgrade)
  await until('it flows', () => sent() > 0)
  t.ok(await atRest(sent) < held)
  await taken(client.socket, gibibyte)
})

/** Stops reading, and counts nothing as text any more. */
function silent (client: Client): Client {
  client.socket.removeAllListeners('data').pause()
  return client
}

/** Writes 1 GiB behind these bytes, no faster than it is taken. */
function pour (socket: Socket, begin: string): void {
  const piece = Buffer.alloc(256 * 1024, 'x')
  let left = gibibyte
  const on = (): void => {
    while (left > 0) {
      left -= piece.length
      if (socket.write(piece)) continue
      socket.once('drain', on)
      return
    }
  }
  socket.write(begin)
  on()
}

/** How much has been sent when no more is taken: the count has not changed for 20 looks. */
async function atRest (sent: () => number): Promise<number> {
  let [last, same] = [-1, 0]
  await until('nothing flows any more', () => {
    same = sent() === last ? same + 1 : 0
    last = sent()
    return same === 20
  })
  return last
}

/** Resolves when this many bytes, and a head, have been read. */
async function taken (socket: Socket, count: number): Promise<void> {
  socket.on('data', () => {}).resume()
  await until(`${count} bytes are there`, () => socket.bytesRead > count)
}
