/** All sockets of an edge are read into one buffer: what waits for somebody slow stays as it came, whatever the others send meanwhile. */
import t, { type Test } from 'tap'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { direct, DirectSocket, receiveFrom } from '../../src/edge/direct-socket.js'
import { answering, ok, openClient, startEdge, targetOf, type Script } from '../support/raw.js'
import { until } from '../support/until.js'

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`
const upgrade = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
const agreed = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
/** More than the kernel holds for sockets that nobody reads. */
const large = 12 * 2 ** 20
/** Requests or messages of those who are not slow. */
const others = Array.from({ length: 300 }, (_, i) => `/small/${i}`)

/** Bytes that differ from place to place, and from name to name: random ones, whose seed is the name. */
function pattern (name: string, length: number): string {
  let state = [...Buffer.from(name)].reduce((hash, byte) => Math.imul(hash ^ byte, 16777619), 2166136261)
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  })
  return Buffer.from(words.buffer, 0, length).toString('latin1')
}

/** Answers `/large/…` with much, all else with little. */
const answers: Script = answering(head => {
  const target = targetOf(head)
  return ok(target.startsWith('/large/') ? pattern(target, large) : pattern(target, 500))
})

/** Until the same is seen three times. */
async function atRest (count: () => number): Promise<void> {
  const seen = [-1, -2, -3]
  await until('nothing moves any more', () => {
    seen.push(count())
    return seen.slice(-3).every(value => value === seen.at(-1))
  })
}

async function listening (t: Test, server: Server): Promise<Server> {
  t.teardown(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

function portOf (server: Server): number {
  return (server.address() as AddressInfo).port
}

t.test('clients that do not read while their answers come, and others meanwhile', async t => {
  const { port } = await startEdge(t, answers)
  const slow = Array.from({ length: 3 }, (_, i) => openClient(t, port).send(get(`/large/${i}`)))
  slow.forEach(({ socket }) => socket.pause())
  await atRest(() => slow.reduce((sum, { socket }) => sum + socket.bytesRead, 0))
  await openClient(t, port).send(others.map(get).join('')).has(pattern('/small/299', 500))
  for (const [i, client] of slow.entries()) {
    const right = ok(pattern(`/large/${i}`, large))
    client.socket.resume()
    await until(`client ${i} has its answer`, () => client.received.length >= right.length)
    t.ok(client.received === right, `every byte of client ${i} is its own`)
  }
})

t.test('one slow client that asks for several large answers at once, over one connection', async t => {
  const { port } = await startEdge(t, answers)
  const names = Array.from({ length: 4 }, (_, i) => `/large/${i}`)
  const client = openClient(t, port).send(names.map(get).join(''))
  const right = names.map(name => ok(pattern(name, large))).join('')
  let pauses = 0
  client.socket.on('data', () => {
    if (++pauses % 16 !== 0) return
    client.socket.pause()
    setImmediate(() => client.socket.resume())
  })
  await openClient(t, port).send(others.map(get).join('')).has(pattern('/small/299', 500))
  await until('the slow one has it all', () => client.received.length >= right.length)
  t.ok(client.received === right)
})

t.test('heads that come in pieces from many clients at once', async t => {
  const { port } = await startEdge(t, answers)
  const clients = Array.from({ length: 20 }, () => openClient(t, port))
  const text = (i: number): string => get(`/small/${i}/${'x'.repeat(i)}`)
  const longest = text(clients.length - 1).length
  for (let at = 0; at < longest; at += 7) {
    clients.forEach((client, i) => client.send(text(i).slice(at, at + 7)))
    await new Promise(resolve => setImmediate(resolve))
  }
  for (const [i, client] of clients.entries()) t.equal(await client.has(/\r\n\r\n[^]{500}/), ok(pattern(`/small/${i}/${'x'.repeat(i)}`, 500)))
})

t.test('tunnels whose sides do not read, and a tunnel beside them', async t => {
  const silent: Socket[] = []
  const { port } = await startEdge(t, (socket, count) => {
    socket.once('data', () => {
      socket.write(agreed)
      if (count > 1) socket.pipe(socket)
      else silent.push(socket.pause().on('end', () => socket.end()))
    })
  })
  const client = openClient(t, port).send(upgrade)
  await client.has(agreed)
  const upstream = silent[0] as Socket
  client.socket.pause().write(pattern('up', large), 'latin1')
  upstream.write(pattern('down', large), 'latin1')
  await atRest(() => client.socket.bytesWritten + upstream.bytesWritten)
  const beside = openClient(t, port).send(upgrade)
  await beside.has(agreed)
  const messages = others.map(name => pattern(name, 500)).join('')
  t.equal(await beside.send(messages).has(messages), agreed + messages)
  let received = ''
  upstream.on('data', bytes => { received += bytes.toString('latin1') }).resume()
  client.socket.resume()
  const [up, down] = [pattern('up', large), agreed + pattern('down', large)]
  await until('both have it all', () => received.length >= up.length && client.received.length >= down.length)
  t.ok(received === up)
  t.ok(client.received === down)
  for (const { socket } of [client, beside]) await once(socket.end(), 'close') // Node.js spins at exit over a socket that is reset while it says goodbye
})

t.test('a socket that nobody receives from is read as any other, and what it holds goes to who comes then', async t => {
  const server = await listening(t, createServer())
  const socket = new DirectSocket({}, Buffer.alloc(1024)).connect(portOf(server), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const [other] = await once(server, 'connection') as [Socket]
  t.teardown(() => other.destroy())

  let heard = ''
  socket.on('data', bytes => { heard += bytes.toString('latin1') })
  other.write(pattern('listened', 5000), 'latin1')
  await until('the listener has it', () => heard.length === 5000)
  t.equal(heard, pattern('listened', 5000))

  socket.removeAllListeners('data').pause()
  other.write(pattern('held', 3000), 'latin1')
  socket.read(0)
  await until('the socket holds it', () => socket.readableLength === 3000)
  let received = ''
  receiveFrom(socket, bytes => { received += bytes.toString('latin1') })
  socket.resume()
  other.write('and the rest')
  await until('the rest has come', () => received.endsWith('and the rest'))
  t.equal(received, `${pattern('held', 3000)}and the rest`)
})

t.test('an accepted socket that has been closed already is left as it is', async t => {
  const server = await listening(t, createServer({ pauseOnConnect: true }))
  const client = connect(portOf(server), '127.0.0.1')
  t.teardown(() => client.destroy())
  const [accepted] = await once(server, 'connection') as [Socket]
  accepted.destroy()
  t.equal(direct(accepted, Buffer.alloc(16)), accepted)
})
