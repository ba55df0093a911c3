/** Requests and answers of every shape, over real sockets. */
import t from 'tap'
import { answering, ok, openClient, startEdge, targetOf, type Script } from '../support/raw.js'

const get = (target: string, more = ''): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`

/** Answers each head with these bytes. */
const saying = (answer: string): Script => answering(() => answer)

t.test('many requests go over one connection, on both sides', async t => {
  const { port, accepted } = await startEdge(t, answering(head => ok(targetOf(head))))
  const client = openClient(t, port)
  for (let i = 0; i < 20; i++) await client.send(get(`/${i}`)).has(`\r\n\r\n/${i}`)
  t.equal(accepted(), 1)
})

t.test('connections to the upstream are shared by clients, one after the other', async t => {
  const { port, accepted } = await startEdge(t, answering(head => ok(targetOf(head))))
  for (let i = 0; i < 5; i++) await openClient(t, port).send(get(`/${i}`, 'Connection: close\r\n')).over()
  t.equal(accepted(), 1)
})

t.test('get is GET, as for Chrome: nodriver writes it so', async t => {
  const { port } = await startEdge(t, answering(head => ok(head.split(' ')[0] ?? '')))
  await openClient(t, port).send(get('/json/version').replace('GET', 'get')).has(/\r\n\r\nGET$/)
})

t.test('pipelined requests are answered in their order', async t => {
  const { port } = await startEdge(t, answering((head, body) => ok(`${targetOf(head)}${body}`)))
  const requests = Array.from({ length: 50 }, (_, i) => i % 3 === 0 ? `POST /${i} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc` : get(`/${i}`))
  const client = openClient(t, port).send(requests.join(''))
  const said = await client.has('\r\n\r\n/49')
  const bodies = said.split(/HTTP\/1\.1 200 OK\r\nContent-Length: \d+\r\n\r\n/).slice(1)
  t.same(bodies, Array.from({ length: 50 }, (_, i) => `/${i}${i % 3 === 0 ? 'abc' : ''}`))
})

t.test('a client that pipelines more than is held is read no further, and loses nothing', async t => {
  const { port } = await startEdge(t, answering(head => ok(targetOf(head))))
  const client = openClient(t, port)
  for (let i = 0; i < 3000; i++) client.send(get(`/${i}`, `X: ${'x'.repeat(100)}\r\n`))
  const said = await client.has(/\r\n\r\n\/2999$/)
  t.equal(said.split('HTTP/1.1 200').length - 1, 3000)
})

t.test('of a head with hundreds of fields all go on, but for those of our hop', async t => {
  const fields = Array.from({ length: 300 }, (_, i) => `X-${i}: ${i}`)
  let seen = ''
  const { port } = await startEdge(t, answering(head => { seen = head; return ok('1').replace('\r\n\r\n', `\r\n${[...fields, 'Keep-Alive: timeout=5', 'Y: 1'].join('\r\n')}\r\n\r\n`) }))
  const said = await openClient(t, port).send(get('/', [...fields, 'TE: trailers', 'Connection: x-7, x-250', 'Z: 1'].map(line => `${line}\r\n`).join(''))).has(/\r\n\r\n1$/)
  const lines = (head: string): string[] => head.split('\r\n').filter(line => /^(x-\d|te|connection|keep|y|z)/i.test(line))
  t.same(lines(seen), [...fields.filter((_, i) => i !== 7 && i !== 250), 'Z: 1'])
  t.same(lines(said), [...fields, 'Y: 1'])
})

t.test('chunks pass as they are, extensions and trailers too', async t => {
  const body = '5;a=b\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n'
  const { port } = await startEdge(t, socket => socket.once('data', bytes => {
    const text = bytes.toString()
    socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text.slice(text.indexOf('\r\n\r\n') + 4)}`)
  }))
  const said = await openClient(t, port).send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`).has('X-Trailer: 1\r\n\r\n')
  t.ok(said.endsWith(body))
})

t.test('answers to HEAD, 204 and 304 have no body, whatever their head says', async t => {
  for (const [request, answer] of [
    [get('/').replace('GET', 'HEAD'), 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n'],
    [get('/').replace('GET', 'HEAD'), 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    [get('/'), 'HTTP/1.1 204 No Content\r\n\r\n'],
    [get('/'), 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n']
  ] as const) {
    const { port, accepted } = await startEdge(t, saying(answer))
    const client = openClient(t, port)
    await client.send(request).has(answer)
    await client.send(request).has(answer + answer)
    t.equal(accepted(), 1, 'and the connection is used again')
  }
})

t.test('answers before the answer pass', async t => {
  const { port } = await startEdge(t, saying(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${ok('done')}`))
  t.match(await openClient(t, port).send(get('/')).has('done'), /^HTTP\/1\.1 103 [^]*HTTP\/1\.1 102 [^]*HTTP\/1\.1 200 /)
})

t.test('an answer without a length ends with its connection', async t => {
  const { port } = await startEdge(t, socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it')))
  const said = await openClient(t, port).send(get('/')).over()
  t.match(said, /\r\nConnection: close\r\n\r\nall of it$/)
})

t.test('a client that wants the connection closed has it closed, the upstream\'s is kept', async t => {
  const { port, accepted } = await startEdge(t, saying(ok('x')))
  t.match(await openClient(t, port).send(get('/', 'Connection: close\r\n')).over(), /\r\nConnection: close\r\n\r\nx$/)
  t.match(await openClient(t, port).send('GET / HTTP/1.0\r\n\r\n').over(), /\r\nConnection: close\r\n\r\nx$/)
  t.equal(accepted(), 1)
})

t.test('close with a no-break space behind it is another option', async t => {
  const { port } = await startEdge(t, socket => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx')))
  const client = openClient(t, port).send(get('/', 'Connection: close\xa0\r\n') + get('/', 'Connection: \t close \r\n'))
  t.match(await client.over(), /^HTTP\/1\.1 200 OK\r\n(?!Connection: close)[^]*HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n\r\nx$/)
})

t.test('an upstream that closes its connection costs the client nothing', async t => {
  const { port, accepted } = await startEdge(t, socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx')))
  const client = openClient(t, port)
  await client.send(get('/')).has(/x$/)
  t.notMatch(client.received, /connection: close/i)
  await client.send(get('/')).has(/x[^]*x$/)
  t.equal(accepted(), 2)
})

t.test('Expect: 100-continue is answered here, and does not go upstream', async t => {
  let seen = ''
  const { port } = await startEdge(t, answering((head, body) => { seen = head; return ok(body) }))
  const client = openClient(t, port).send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
  await client.has('HTTP/1.1 100 Continue\r\n\r\n')
  await client.send('body').has(/\r\n\r\nbody$/)
  t.notMatch(seen, /expect/i)
})

t.test('Upgrade: h2c is ignored, as Java\'s client expects', async t => {
  let seen = ''
  const { port } = await startEdge(t, answering(head => { seen = head; return ok('x') }))
  const client = openClient(t, port)
  await client.send(get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n')).has(/x$/)
  await client.send(get('/2')).has(/x[^]*x$/)
  t.notMatch(seen, /upgrade|http2/i)
})

t.test('headers for one hop stay here, all others pass byte by byte', async t => {
  let seen = ''
  const { port } = await startEdge(t, answering(head => { seen = head; return 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive\r\nX-B:  two  spaces \r\nContent-Length: 0\r\n\r\n' }))
  const said = await openClient(t, port).send(get('/', 'TE: trailers\r\nKeep-Alive: 5\r\nX-Mine: 1\r\nConnection: x-mine, keep-alive\r\nProxy-Connection: a\r\nX-A:   odd\t \r\nCOOKIE: caf\xe9\r\n')).has(/\r\n\r\n$/)
  t.notMatch(seen, /^(te|keep-alive|x-mine|connection|proxy-connection):/im)
  t.match(seen, /\r\nX-A: {3}odd\t \r\nCOOKIE: caf\xe9\r\n/)
  t.equal(said, 'HTTP/1.1 200 OK\r\nX-B:  two  spaces \r\nContent-Length: 0\r\n\r\n')
})

t.test('heads and bodies may come byte by byte', async t => {
  const { port } = await startEdge(t, answering((_, body) => ok(body === '' ? '' : 'read')))
  const client = openClient(t, port)
  for (const byte of '\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n') {
    client.send(byte)
    await new Promise(resolve => setImmediate(resolve))
  }
  await client.has(/\r\n\r\nread$/)
})
