/** A router that is told to stop keeps what goes through it until it has ended, or the grace is over; with real processes and real Chromium. */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startAgent, startRouter, warm } from '../support/hosts.js'
import { ask, openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession, rawSession } from '../support/webdriver.js'

const leaving = await startRouter(t, { 'session.grace': 60 })
const strict = await startRouter(t, { 'session.grace': 2 })
const urgent = await startRouter(t, { 'session.grace': 60 })
const staying = await startRouter(t)
const routers = [leaving, strict, urgent, staying]
await startAgent(t, routers.map(({ gridAddress }) => gridAddress), { 'pool.size': 4, 'pool.warm': 1 })
await Promise.all(routers.map(({ hub }) => warm(hub, 1)))

const version = { id: 1, method: 'Browser.getVersion' }
const stopping = (hub: string): Promise<boolean> => until('it is stopping', async () => (await call(`GET ${hub}/readyz`)).status === 503)

t.test('sockets and commands go on while a router stops, new sessions do not begin, and it ends with the last socket', async t => {
  const { hub, child, ended } = leaving
  const socket = await openSocket(`${ws(hub)}/cdp`)
  const session = await newSession(hub)
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => kept.destroy())
  const title = async (): Promise<[number | undefined, string | undefined]> => {
    const [answer] = await once(get(`${hub}/session/${session.id}/title`, { agent: kept }), 'response') as [IncomingMessage]
    await text(answer)
    return [answer.statusCode, answer.headers.connection]
  }
  t.strictSame(await title(), [200, undefined])
  child.kill('SIGTERM')
  await stopping(hub)
  t.strictSame(await title(), [200, 'close'], 'who has a connection is answered, and told to make another one')
  t.match(await ask(socket, version), { id: 1, result: { product: /Chrome/ } })
  await session.do('POST /url', { url: 'data:text/html,<title>here</title>' })
  await t.rejects(newSession(hub), /the grid is stopping/)
  t.equal(child.exitCode, null)
  socket.close()
  t.strictSame(await ended, { code: 0, signal: null })
  const same = rawSession(staying.hub, session.id)
  t.equal(await same.do('GET /title'), 'here', 'its sessions go on through another router')
  await same.quit()
})

t.test('a command that runs when its router is told to stop gets its answer', async t => {
  const { hub, child, ended } = strict
  const [socket, session] = await Promise.all([openSocket(`${ws(hub)}/cdp`), newSession(hub)])
  const cut = once(socket, 'close')
  const answer = session.do('POST /execute/async', { script: 'setTimeout(arguments[0], 1500, "done")', args: [] })
  child.kill('SIGTERM')
  t.equal(await answer, 'done')
  await cut
  t.strictSame(await ended, { code: 0, signal: null }, 'a socket that stays open is cut when the grace is over')
  await rawSession(staying.hub, session.id).quit()
})

t.test('a router that is told twice ends at once', async t => {
  const { hub, child, ended } = urgent
  const socket = await openSocket(`${ws(hub)}/cdp`)
  const cut = once(socket, 'close')
  child.kill('SIGTERM')
  await stopping(hub)
  t.match(await ask(socket, version), { id: 1 })
  child.kill('SIGTERM')
  await cut
  t.strictSame(await ended, { code: 143, signal: null })
})
