/** Sockets that die, in every moment: always an answer or a closed connection, never a wait. */
import t from 'tap'
import { answering, ok, openClient, startEdge, type Script } from '../support/raw.js'
import { until } from '../support/until.js'

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** What the upstream does when a request has come, and what the client then has. */
const deaths: ReadonlyArray<readonly [what: string, script: Script, answer: RegExp]> = [
  ['closes before its answer', socket => socket.once('data', () => socket.end()), /^HTTP\/1\.1 502 [^]*before the answer was complete/],
  ['is reset before its answer', socket => socket.once('data', () => socket.resetAndDestroy()), /^HTTP\/1\.1 502 /],
  ['closes as soon as it is reached', socket => socket.end(), /^HTTP\/1\.1 502 /],
  ['closes within its head', socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Le')), /^HTTP\/1\.1 502 /],
  ['closes within its body', socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')), /^HTTP\/1\.1 200 [^]*\r\n\r\nhalf$/],
  ['is reset within its body', socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () => setImmediate(() => socket.resetAndDestroy()))), /^(HTTP\/1\.1 200 [^]*\r\n\r\nhalf|HTTP\/1\.1 502 [^]*)$/],
  ['closes within a chunk', socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab')), /^HTTP\/1\.1 200 [^]*5\r\nab$/],
  ['closes behind an answer before the answer', socket => socket.once('data', () => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n')), /^HTTP\/1\.1 103 [^]*HTTP\/1\.1 502 /],
  ['speaks no HTTP', socket => socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n\r\n')), /^HTTP\/1\.1 502 [^]*no status line/],
  ['has a head without end', socket => socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`)), /^HTTP\/1\.1 502 [^]*longer than/],
  ['answers with both framings', socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n')), /^HTTP\/1\.1 502 /],
  ['has a bare LF in its status line', socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\nX: a\r\nContent-Length: 0\r\n\r\n')), /^HTTP\/1\.1 502 [^]*no status line/],
  ['has a status that is no three digits', socket => socket.once('data', () => socket.write('HTTP/1.1 1e2 OK\r\nContent-Length: 0\r\n\r\n')), /^HTTP\/1\.1 502 [^]*no status line/],
  ['answers with a bare LF', socket => socket.once('data', () => socket.write('HTTP/1.1 200 OK\nContent-Length: 5\n\n')), /^HTTP\/1\.1 502 /],
  ['changes the protocol unasked', socket => socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n')), /^HTTP\/1\.1 502 /]
]

for (const [what, script, answer] of deaths) {
  t.test(`an upstream that ${what}`, async t => {
    const { port } = await startEdge(t, script)
    t.match(await openClient(t, port).send(get).over(), answer)
  })
}

t.test('an upstream where nobody listens: 502 at once, and why', async t => {
  const { port, closeUpstream } = await startEdge(t, () => {})
  await closeUpstream()
  t.match(await openClient(t, port).send(get).over(), /^HTTP\/1\.1 502 [^]*ECONNREFUSED/)
})

t.test('an answer with more than was announced: the client gets what was announced, nobody else the rest', async t => {
  const { port, accepted } = await startEdge(t, answering(() => `${ok('mine')}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`))
  const client = openClient(t, port)
  await client.send(get).has(/mine$/)
  await client.send(get).has(/mine[^]*mine$/)
  t.notMatch(client.received, /poison/)
  t.equal(accepted(), 2, 'the connection is not used again')
})

t.test('an upstream that closed a kept connection in the moment of its next use', async t => {
  const { port } = await startEdge(t, (socket, count) => {
    let requests = 0
    socket.on('data', () => ++requests === 2 && count === 1 ? socket.resetAndDestroy() : socket.write(ok('x')))
  })
  await openClient(t, port).send(get).has(/x$/)
  t.match(await openClient(t, port).send(get).over(), /^HTTP\/1\.1 502 /, 'is told: the command may have been carried out')
  await openClient(t, port).send(get).has(/x$/)
})

t.test('an upstream that answers before it has the body', async t => {
  const { port } = await startEdge(t, socket => socket.once('data', () => socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno')))
  const client = openClient(t, port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin')
  t.match(await client.over(), /^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n\r\nno$/)
})

t.test('a client that hangs up', async t => {
  const asked: Array<Promise<unknown>> = []
  const { port, open } = await startEdge(t, socket => { asked.push(new Promise(resolve => socket.on('end', () => socket.end()).once('close', resolve).resume())) })
  for (const [how, hangUp] of [
    ['resets', (client: ReturnType<typeof openClient>) => client.socket.resetAndDestroy()],
    ['closes', (client: ReturnType<typeof openClient>) => client.socket.destroy()],
    ['ends its side', (client: ReturnType<typeof openClient>) => client.socket.end()]
  ] as const) {
    await t.test(`${how} while it waits: the upstream is told`, async t => {
      const before = asked.length
      const client = openClient(t, port).send(get)
      await until('the request is upstream', () => asked.length > before)
      hangUp(client)
      await asked.at(-1)
      t.equal(open(), 0)
    })
  }
  await t.test('within its body', async t => {
    const before = asked.length
    const client = openClient(t, port).send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nbegin')
    await until('the request is upstream', () => asked.length > before)
    client.socket.destroy()
    await asked.at(-1)
    t.equal(open(), 0)
  })
})

t.test('a client that ends its side behind its requests gets the answers that were complete', async t => {
  const { port } = await startEdge(t, answering(() => ok('x')))
  const client = openClient(t, port).send(get)
  await client.has(/x$/)
  client.socket.end()
  t.match(await client.over(), /x$/)
})

t.test('closing: no new connections, a request in flight gets its grace', async t => {
  const held: Array<() => void> = []
  const { port, edge } = await startEdge(t, socket => socket.once('data', () => { held.push(() => socket.write(ok('late'))) }))
  const client = openClient(t, port).send(get)
  const idle = openClient(t, port)
  await until('the request is upstream', () => held.length === 1 && edge.stats.connections === 2)
  const closed = edge.close(10_000)
  await idle.over()
  held[0]?.()
  t.match(await client.over(), /\r\nConnection: close\r\n\r\nlate$/)
  await closed
  const refused = openClient(t, port)
  await until('nobody listens', () => refused.closed)
})

t.test('closing: what does not end within the grace is cut', async t => {
  const { port, edge, accepted } = await startEdge(t, () => {})
  const client = openClient(t, port).send(get)
  await until('the request is upstream', () => accepted() === 1)
  await edge.close(50)
  t.equal(await client.over(), '')
})
