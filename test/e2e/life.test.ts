/** How long sessions live, with real browsers; and that a late command is told why. */
import t from 'tap'
import { WebSocket } from 'ws'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { startSite } from '../support/site.js'
import { until } from '../support/until.js'
import { call, execute, newSession, rawSession, type RawSession } from '../support/webdriver.js'

const ended = (hub: string) => (): Promise<boolean> => leasedOf(hub).then(leased => leased === 0)

t.test('an idle session ends, and a late command is told so', async t => {
  const grid = await startGrid(t, { 'session.idleTimeout': 0.4 })
  const session = await newSession(grid.hub)
  await until('it has ended', ended(grid.hub))
  await t.rejects(session.do('GET /title'), { message: /^404 invalid session id: .*idle for 0\.4 s/ })
})

t.test('a session may ask for its own idle timeout, up to the operator\'s limit', async t => {
  const grid = await startGrid(t, { 'pool.size': 4, 'pool.warm': 2, 'session.idleTimeout': 60, 'session.maxIdleTimeout': 60 })
  for (const [wish, time] of [[{ 'tggrid:options': { idleTimeout: 0.3 } }, '0.3 s'], [{ 'selenoid:options': { sessionTimeout: '300ms' } }, '0.3 s']] as const) {
    const session = await newSession(grid.hub, wish)
    await until('it has ended', ended(grid.hub))
    await t.rejects(session.do('GET /title'), { message: new RegExp(`idle for ${time}`) })
  }
  await t.rejects(newSession(grid.hub, { 'tggrid:options': { idleTimeout: 'long' } }), { message: /^400 invalid argument: .*idleTimeout/ })
  const longer = await newSession(grid.hub, { 'tggrid:options': { idleTimeout: 9999 } })
  await longer.quit()
})

t.test('a command is not idleness, however long it takes', async t => {
  const grid = await startGrid(t, { 'session.idleTimeout': 0.4 })
  const session = await newSession(grid.hub)
  t.equal(await session.do('POST /execute/async', { script: 'setTimeout(arguments[0], 1200, "done")', args: [] }), 'done')
  for (let i = 0; i < 4; i++) await execute(session, 'return new Promise(done => setTimeout(done, 200))')
  await session.quit()
})

t.test('an open socket is not idleness; once it is closed the time begins', async t => {
  const grid = await startGrid(t, { 'session.idleTimeout': 0.4 })
  const session = await newSession(grid.hub)
  const socket = new WebSocket(String(session.capabilities['se:cdp']))
  t.teardown(() => socket.terminate())
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  await new Promise(resolve => setTimeout(resolve, 1200))
  t.equal(await leasedOf(grid.hub), 1)
  socket.close()
  await until('it has ended', ended(grid.hub))
  await t.rejects(session.do('GET /title'), { message: /idle/ })
})

t.test('a session in use ends at the end of its lifetime', async t => {
  const grid = await startGrid(t, { 'session.lifetime': 0.8 })
  const session = await newSession(grid.hub)
  const use = async (session: RawSession): Promise<string> => {
    for (;;) {
      const error = await execute(session, 'return new Promise(done => setTimeout(done, 50))').then(() => undefined, (error: Error) => error.message)
      if (error !== undefined) return error
    }
  }
  await use(session)
  await t.rejects(session.do('GET /title'), { message: /open for 0\.8 s/ })
  await grid.warm()
  const shorter = await newSession(grid.hub, { 'tggrid:options': { lifetime: 0.3 } })
  await until('it has ended', ended(grid.hub))
  await t.rejects(shorter.do('GET /title'), { message: /open for 0\.3 s/ })
})

t.test('deleting a session answers at once, ends its sockets, and is told to who comes late', async t => {
  const grid = await startGrid(t)
  const site = await startSite(t)
  const session = await newSession(grid.hub)
  const socket = new WebSocket(String(session.capabilities['se:cdp']))
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  const closed = new Promise(resolve => socket.once('close', resolve))
  const loading = session.do('POST /url', { url: `${site}/never` })
  loading.catch(() => {})
  t.strictSame((await call(`DELETE ${grid.hub}/session/${session.id}`)).body, { value: null })
  await closed
  await t.rejects(loading, 'a command in flight is answered')
  await t.rejects(session.do('GET /title'), { message: /its client deleted it/ })
  t.match(await call(`DELETE ${grid.hub}/session/${session.id}`), { status: 404, body: { value: { error: 'invalid session id' } } })
})

t.test('closing the last window ends the session', async t => {
  const grid = await startGrid(t)
  const session = await newSession(grid.hub)
  const { handle } = await session.do<{ handle: string }>('POST /window/new', { type: 'tab' })
  t.strictSame(await session.do('DELETE /window'), [handle])
  await session.do('POST /window', { handle })
  t.strictSame(await session.do('DELETE /window'), [])
  t.equal(await leasedOf(grid.hub), 0)
  await t.rejects(session.do('GET /title'), { message: /its last window was closed/ })
})

t.test('an id that was never given out is said to be none', async t => {
  const grid = await startGrid(t)
  for (const id of ['nothing', '0'.repeat(40), 'a'.repeat(500)]) {
    await t.rejects(rawSession(grid.hub, id).do('GET /title'), { message: /^404 invalid session id: / }, id.slice(0, 20))
  }
})
