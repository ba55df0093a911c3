/** The conversation with a container's init: questions find their answers, and an end is heard of. */
import { Duplex, PassThrough } from 'node:stream'
import t from 'tap'
import { InitChannel } from '../../../src/runtime/init-channel.js'

interface Init {
  readonly channel: InitChannel
  /** Lines that the init was sent. */
  readonly heard: string[]
  say (text: string): void
  end (): void
}

function conversation (): Init {
  const heard: string[] = []
  const stream = new Duplex({ read () {}, write: (chunk: Buffer, _encoding, done) => { heard.push(...String(chunk).replace('\x18', '').trimEnd().split('\n').filter(line => line !== '')); done() } })
  const output = new PassThrough()
  return { channel: new InitChannel(stream, output), heard, say: text => output.write(text), end: () => stream.destroy() }
}

const soon = (): AbortSignal => AbortSignal.timeout(2000)

t.test('a question gets the line that answers it, in pieces or among others', async t => {
  const { channel, heard, say } = conversation()
  const answer = channel.ask('forward 9000', ['forwarding'], soon())
  say('something else\nforward')
  say('ing 9000\n')
  t.equal(await answer, 'forwarding 9000')
  t.strictSame(heard, ['forward 9000'])
})

t.test('an init that passes nothing on says so at once', async t => {
  const { channel, say } = conversation()
  const refused = channel.forward(9222, soon())
  say('unknown forward\n')
  await t.rejects(refused, { message: 'its init passes nothing on to port 9222: it says unknown forward' })
})

t.test('readiness is remembered, and forgotten by a wipe', async t => {
  const { channel, say } = conversation()
  say('ready\n')
  await channel.ready(soon())
  await channel.ready(soon())
  const wiped = channel.wipe(soon())
  say('clean 12 3 4\n')
  let over = false
  void wiped.then(() => { over = true })
  await new Promise(resolve => setImmediate(resolve))
  t.notOk(over, 'clean is not ready')
  say('ready\n')
  await wiped
})

t.test('what is not clean is an error in its own words', async t => {
  const { channel, say } = conversation()
  const wiped = channel.wipe(soon())
  say('dirty 2 processes would not die\n')
  await t.rejects(wiped, { message: /dirty 2 processes would not die/ })
})

t.test('an end ends every wait, with why', async t => {
  const { channel, say, end } = conversation()
  const waits: Promise<unknown>[] = [channel.ready(soon()), channel.ask('tell', ['note'], soon())]
  say('exited chromedriver signal 9\n')
  await new Promise(resolve => setImmediate(resolve))
  end()
  for (const wait of waits) await t.rejects(async () => { await wait }, { message: 'exited chromedriver signal 9' })
  t.equal(await channel.closed, 'exited chromedriver signal 9')
})

t.test('a wait has its deadline', async t => {
  const wait = new AbortController()
  setTimeout(() => wait.abort(new Error('too late')), 10)
  await t.rejects(conversation().channel.ready(wait.signal), { message: 'too late' })
})

t.test('an init that talks without end is cut off', async t => {
  const { channel, say } = conversation()
  say('x'.repeat(600 * 1024))
  t.type(await channel.closed, 'string')
})
