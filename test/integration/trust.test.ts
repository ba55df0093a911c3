/** Strangers on the port between routers and agents: who does not know the secret is not even parsed. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import t from 'tap'
import { connectTo, placeOf, type Trust } from '../../src/link/trust.js'
import { listen, says } from '../support/trusting-port.js'

const secret: Trust = { by: 'secret', secret: 'a secret of many letters' }

t.test('who knows the secret is heard, and what he says is encrypted', async t => {
  const { port, accepted } = await listen(t, secret)
  t.equal(await says(connectTo({ host: '127.0.0.1', port }, secret), 'hello'), 'hello')
  t.match((accepted[0] as unknown as { getProtocol (): string }).getProtocol(), 'TLSv1.3')
})

t.test('strangers are refused before anything that they say is read', async t => {
  const { port, accepted } = await listen(t, secret)
  const psk = (key: Buffer, identity = 'tggrid/1'): ConnectionOptions => ({ minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256', pskCallback: () => ({ psk: key, identity }), checkServerIdentity: () => undefined })
  const strangers: Record<string, () => Socket> = {
    'another secret': () => connectTo({ host: '127.0.0.1', port }, { by: 'secret', secret: 'a secret of other letters' }),
    'no encryption': () => connect({ host: '127.0.0.1', port }),
    'no secret': () => connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }),
    'an empty key': () => connectTls({ host: '127.0.0.1', port, ...psk(Buffer.alloc(32)) }),
    'another identity': () => connectTls({ host: '127.0.0.1', port, ...psk(Buffer.alloc(32), '') }),
    'an older protocol': () => connectTls({ host: '127.0.0.1', port, ...psk(Buffer.alloc(32)), minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'PSK-AES128-GCM-SHA256' })
  }
  for (const [who, arrive] of Object.entries(strangers)) {
    const socket = arrive()
    socket.on('error', () => {})
    t.equal(await says(socket, 'GET /grid/link HTTP/1.1\r\nHost: x\r\n\r\n'), 'refused', who)
  }
  t.equal(accepted.length, 0)
})

t.test('an agent is refused by whoever does not know the secret as well: a false router learns nothing', async t => {
  const { port, accepted } = await listen(t, { by: 'secret', secret: 'what an impostor would like to know' })
  const socket = connectTo({ host: '127.0.0.1', port }, secret)
  t.equal(await says(socket, 'POST /grid/join HTTP/1.1\r\n\r\n'), 'refused')
  t.equal(accepted.length, 0)
})

t.test('what was heard of one connection is worth nothing on another one', async t => {
  const { port, accepted } = await listen(t, secret)
  const heard: Buffer[] = []
  const eavesdropper = createServer(client => {
    const onward = connect({ host: '127.0.0.1', port })
    client.on('data', bytes => heard.push(bytes)).on('error', () => {}).on('close', () => onward.destroy()).pipe(onward)
    onward.on('error', () => {}).on('close', () => client.destroy()).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(eavesdropper, 'listening')
  t.teardown(() => { eavesdropper.close() })
  t.equal(await says(connectTo({ host: '127.0.0.1', port: (eavesdropper.address() as AddressInfo).port }, secret), 'hello'), 'hello', 'the recorded one is heard')
  t.ok(heard.length > 0)
  const replay = connect({ host: '127.0.0.1', port })
  replay.on('error', () => {}).resume()
  for (const bytes of heard) replay.write(bytes)
  await once(replay, 'close')
  t.equal(accepted.length, 1, 'its replay is not')
})

t.test('someone who connects and says nothing is let go', { timeout: 20_000 }, async t => {
  const { port } = await listen(t, secret)
  const silent = connect({ host: '127.0.0.1', port })
  await once(silent.resume(), 'close')
})

t.test('addresses as people write them', async t => {
  const cases: [string, string, number][] = [
    ['10.0.0.7:4442', '10.0.0.7', 4442], ['10.0.0.7', '10.0.0.7', 4442], ['http://grid.example:80/', 'grid.example', 80], ['[::1]:9', '::1', 9], ['https://[fd00::2]', 'fd00::2', 4442], ['*:5', '*', 5]
  ]
  for (const [text, host, port] of cases) t.strictSame(placeOf(text), { host, port }, text)
})
