/** What a lenient proxy would let pass: each is refused, and the connection closed. */
import t from 'tap'
import { answering, ok, openClient, startEdge, targetOf } from '../support/raw.js'

const host = 'Host: localhost\r\n'
const get = `GET / HTTP/1.1\r\n${host}`
const post = `POST / HTTP/1.1\r\n${host}`

/** What is sent, and the status that answers it. */
const hostile: ReadonlyArray<readonly [what: string, status: number, bytes: string]> = [
  ['both Content-Length and Transfer-Encoding', 400, `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['the same in the other order', 400, `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`],
  ['two Content-Length headers', 400, `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
  ['two that are the same', 400, `${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
  ['a list of lengths', 400, `${post}Content-Length: 1, 1\r\n\r\na`],
  ['a positive sign', 400, `${post}Content-Length: +1\r\n\r\na`],
  ['a negative length', 400, `${post}Content-Length: -1\r\n\r\n`],
  ['a hexadecimal length', 400, `${post}Content-Length: 0x1\r\n\r\na`],
  ['a length with a fraction', 400, `${post}Content-Length: 1.0\r\n\r\na`],
  ['an empty length', 400, `${post}Content-Length:\r\n\r\n`],
  ['a length beyond all numbers', 400, `${post}Content-Length: 99999999999999999999\r\n\r\n`],
  ['white space behind a length', 400, `${post}Content-Length: 1\t\r\n\r\na`],
  ['transfer coding gzip', 501, `${post}Transfer-Encoding: gzip\r\n\r\n`],
  ['transfer coding gzip, chunked', 501, `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
  ['transfer coding chunked, chunked', 501, `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
  ['transfer coding identity', 501, `${post}Transfer-Encoding: identity\r\n\r\n`],
  ['transfer coding xchunked', 501, `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['a vertical tab before chunked', 400, `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['two Transfer-Encoding headers', 400, `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['Transfer-Encoding in HTTP/1.0', 400, `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['HEAD in lower case', 501, `head / HTTP/1.1\r\n${host}\r\n`],
  ['GET in mixed case', 501, `Get / HTTP/1.1\r\n${host}\r\n`],
  ['a bare CR in a value', 400, `${get}X: a\rb\r\n\r\n`],
  ['a bare LF in a value', 400, `${get}X: a\nb: c\r\n\r\n`],
  ['lines that end with LF', 400, 'GET / HTTP/1.1\nHost: localhost\n\n'],
  ['a folded header', 400, `${get}X: a\r\n b\r\n\r\n`],
  ['a folded header, with a tab', 400, `${get}X: a\r\n\tb\r\n\r\n`],
  ['a space before the colon', 400, `${get}X : a\r\n\r\n`],
  ['a tab before the colon', 400, `${get}Content-Length\t: 5\r\n\r\n`],
  ['a space within a name', 400, `${get}X Y: a\r\n\r\n`],
  ['a header without a colon', 400, `${get}nothing\r\n\r\n`],
  ['a header without a name', 400, `${get}: a\r\n\r\n`],
  ['a name beyond ASCII', 400, `${get}\xe9: a\r\n\r\n`],
  ['NUL in a value', 400, `${get}X: a\0b\r\n\r\n`],
  ['NUL in a name', 400, `${get}X\0: a\r\n\r\n`],
  ['NUL in the target', 400, `GET /\0 HTTP/1.1\r\n${host}\r\n`],
  ['two Host headers', 400, `${get}Host: other\r\n\r\n`],
  ['no Host header', 400, 'GET / HTTP/1.1\r\n\r\n'],
  ['more than 64 KiB of head', 431, `${get}X: ${'a'.repeat(64 * 1024)}\r\n\r\n`],
  ['more than 64 KiB that never end', 431, `${get}X: ${'a'.repeat(64 * 1024)}`],
  ['more than 64 KiB of target', 431, `GET /${'a'.repeat(64 * 1024)} HTTP/1.1\r\n${host}\r\n`],
  ['a chunk size that is no number', 400, `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
  ['a signed chunk size', 400, `${post}Transfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n`],
  ['a chunk size with 0x', 400, `${post}Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n`],
  ['a chunk size beyond all numbers', 400, `${post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n`],
  ['a chunk that is longer than it says', 400, `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`],
  ['a chunk whose line ends with LF', 400, `${post}Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n`],
  ['a bare LF in a chunk extension', 400, `${post}Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n`],
  ['a trailer that frames', 400, `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n`],
  ['a trailer that is none', 400, `${post}Transfer-Encoding: chunked\r\n\r\n0\r\nno trailer\r\n\r\n`],
  ['chunk extensions without end', 400, `${post}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20 * 1024)}\r\na\r\n0\r\n\r\n`],
  ['HTTP/2\'s preface', 505, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['HTTP/0.9', 400, 'GET /\r\n\r\n'],
  ['an absolute target', 400, `GET http://localhost/ HTTP/1.1\r\n${host}\r\n`],
  ['CONNECT', 501, `CONNECT localhost:22 HTTP/1.1\r\n${host}\r\n`],
  ['two spaces in the first line', 400, `GET  / HTTP/1.1\r\n${host}\r\n`],
  ['a space in the target', 400, `GET /a b HTTP/1.1\r\n${host}\r\n`],
  ['an unknown expectation', 417, `${post}Expect: the-unexpected\r\nContent-Length: 0\r\n\r\n`],
  ['Connection that names Host', 400, `${get}Connection: host\r\n\r\n`],
  ['Connection that names Content-Length', 400, `${post}Connection: content-length\r\nContent-Length: 1\r\n\r\na`],
  ['a WebSocket with a body', 400, `${get}Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc`],
  ['TLS', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n\r\n']
]

for (const [what, status, bytes] of hostile) {
  t.test(`${what}: ${status}, and the connection is closed`, async t => {
    const seen: string[] = []
    const { port } = await startEdge(t, answering(head => { seen.push(targetOf(head)); return ok('') }))
    const answer = await openClient(t, port).send(bytes).send('GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n').over()
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
    t.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, 'one answer')
    t.match(answer, /\r\nConnection: close\r\n/)
    t.notOk(seen.includes('/smuggled'), 'nothing behind it is read')
  })
}

t.test('a hostile head is refused however it is cut', async t => {
  const { port } = await startEdge(t, answering(() => ok('')))
  const client = openClient(t, port)
  client.socket.setNoDelay(true)
  for (const byte of `${get}X: a\nb: c\r\n\r\n`) {
    if (client.ended) break
    client.send(byte)
    await new Promise(resolve => setImmediate(resolve))
  }
  t.match(await client.over(), /^HTTP\/1\.1 400 /)
})

t.test('a head that comes too slowly is answered with 408', async t => {
  const { port } = await startEdge(t, answering(() => ok('')), { headTimeout: 200 })
  const client = openClient(t, port).send('GET / HTTP/1.1\r\n')
  t.match(await client.over(), /^HTTP\/1\.1 408 [^]*headTimeout/)
})

t.test('a connection on which nothing comes is closed', async t => {
  const { port } = await startEdge(t, answering(() => ok('')), { headTimeout: 200 })
  t.equal(await openClient(t, port).over(), '')
})

t.test('a connection that is kept and not used is closed', async t => {
  const { port } = await startEdge(t, answering(() => ok('1')), { idleTimeout: 200 })
  t.match(await openClient(t, port).send(`${get}\r\n`).over(), /^HTTP\/1\.1 200 /)
})

t.test('a body that is longer than the limit is refused with 413', async t => {
  const { port, accepted } = await startEdge(t, answering(() => ok('')), { bodyBytes: 1000 })
  await t.test('announced: before any of it goes upstream', async t => {
    t.match(await openClient(t, port).send(`${post}Content-Length: 1001\r\n\r\n`).over(), /^HTTP\/1\.1 413 [^]*bodyLimit/)
    t.equal(accepted(), 0)
  })
  await t.test('in chunks: as soon as it is known', async t => {
    t.match(await openClient(t, port).send(`${post}Transfer-Encoding: chunked\r\n\r\n3e8\r\n${'a'.repeat(1000)}\r\n1\r\n`).over(), /^HTTP\/1\.1 413 /)
  })
  await t.test('at the limit it passes', async t => {
    t.match(await openClient(t, port).send(`${post}Content-Length: 1000\r\n\r\n${'a'.repeat(1000)}`).has('200 OK'), /^HTTP\/1\.1 200 /)
  })
})
