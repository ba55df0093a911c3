import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { innerConnection } from '../../../src/edge/inner-connection.js'

/** Both ends of one, of which the second is taken by no HTTP. */
function ends (t: Test): [Duplex, Duplex] {
  const server = createServer()
  let served: Duplex | undefined
  server.removeAllListeners('connection').on('connection', socket => { served = socket })
  const client = innerConnection(server)
  if (served === undefined) throw new Error('nobody was told of a connection')
  const both: [Duplex, Duplex] = [client, served]
  t.teardown(() => both.forEach(end => end.destroy()))
  return both
}

t.test('it leads to a server that listens nowhere', async t => {
  const server = createServer((request, response) => {
    void request.toArray().then(chunks => response.end(`${request.method} ${request.url} ${Buffer.concat(chunks as Buffer[]).length}`))
  })
  const client = innerConnection(server)
  t.teardown(() => client.destroy())
  await once(client, 'connect')
  for (const length of [0, 1_000_000]) {
    client.write(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`)
    let said = ''
    while (!said.includes(`POST /a ${length}`)) said += String((await once(client, 'data'))[0])
    t.match(said, /^HTTP\/1\.1 200 OK/)
  }
})

t.test('who does not read lets the other side wait', async t => {
  const [a, b] = ends(t)
  const taken: number[] = []
  for (let i = 0; i < 4; i++) a.write(Buffer.alloc(64 * 1024), () => taken.push(i))
  await turn()
  t.ok(taken.length < 4, `${taken.length} writes were taken`)
  b.resume()
  while (taken.length < 4) await turn()
  t.equal(a.writableLength, 0)
})

t.test('each direction ends by itself', async t => {
  const [a, b] = ends(t)
  const closed = Promise.all([once(a, 'close'), once(b, 'close')])
  const asked = all(b)
  a.end('last')
  t.equal(await asked, 'last')
  const answered = all(a)
  b.end('answer')
  t.equal(await answered, 'answer')
  await closed
})

/** What an end says until its last word. */
async function all (end: Duplex): Promise<string> {
  let said = ''
  end.setEncoding('utf8').on('data', (text: string) => { said += text })
  await once(end, 'end')
  return said
}

t.test('who is destroyed takes the other side along, and its writes with it', async t => {
  const [a, b] = ends(t)
  const over: (Error | null | undefined)[] = []
  for (let i = 0; i < 4; i++) a.write(Buffer.alloc(64 * 1024), error => over.push(error))
  a.on('error', () => {})
  b.destroy()
  await new Promise(resolve => a.once('close', resolve))
  t.equal(over.length, 4)
  t.match(over.at(-1), { message: /has gone/ })
})
