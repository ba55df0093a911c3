/** WebDriver BiDi: beside a classic session, and alone, with `session.new` as the first command; with real Chromium. */
import puppeteer from 'puppeteer-core'
import t from 'tap'
import { leasedOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { startSite } from '../support/site.js'
import { ask, closedBy, openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { newSession } from '../support/webdriver.js'

const grid = await startGrid(t, { 'pool.size': 2, 'session.queueTimeout': 1 })
const site = await startSite(t)
const free = (): Promise<unknown> => until('every slot is free', async () => await leasedOf(grid.hub) === 0)

interface Started { readonly type: string, readonly result: { readonly sessionId: string, readonly capabilities: Record<string, unknown> } }

t.afterEach(free)

t.test('alone: a session begins and ends on its socket', async t => {
  const socket = await openSocket(`${ws(grid.hub)}/session`)
  t.match(await ask(socket, { id: 1, method: 'session.status', params: {} }), { type: 'success', result: { ready: true } })
  t.match(await ask(socket, { id: 2, method: 'browsingContext.getTree', params: {} }), { type: 'error', error: 'invalid session id', message: /session\.new/ })
  const { result: { sessionId, capabilities } } = await ask<Started>(socket, { id: 3, method: 'session.new', params: { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } } })
  t.match(sessionId, /^[\da-f]{40}$/)
  t.match(capabilities, { browserName: 'chrome', acceptInsecureCerts: true, webSocketUrl: `${ws(grid.hub)}/session/${sessionId}`, 'se:cdp': `${ws(grid.hub)}/session/${sessionId}/se/cdp` })
  const { result: { contexts } } = await ask<{ result: { contexts: { context: string }[] } }>(socket, { id: 4, method: 'browsingContext.getTree', params: {} })
  await ask(socket, { id: 5, method: 'browsingContext.navigate', params: { context: contexts[0]?.context, url: site, wait: 'complete' } })
  t.match(await ask(socket, { id: 6, method: 'script.evaluate', params: { expression: 'document.title', target: { context: contexts[0]?.context }, awaitPromise: false } }), { result: { result: { value: 'Shop' } } })
  t.match(await ask(socket, { id: 7, method: 'session.end', params: {} }), { type: 'success' })
  await closedBy(socket)
})

t.test('alone: closing the socket ends the session', async t => {
  const socket = await openSocket(`${ws(grid.hub)}/session`)
  await ask(socket, { id: 1, method: 'session.new', params: { capabilities: {} } })
  t.equal(await leasedOf(grid.hub), 1)
  socket.close()
  await free()
})

t.test('alone: what cannot be had is answered as an error, and the next try may be right', async t => {
  const socket = await openSocket(`${ws(grid.hub)}/wd/hub/session`)
  const attempt = (capabilities: unknown): Promise<Record<string, unknown>> => ask(socket, { id: 1, method: 'session.new', params: { capabilities } })
  t.match(await attempt({ alwaysMatch: { browserName: 'safari' } }), { type: 'error', id: 1, error: 'session not created', message: /browserName=safari; this grid offers/ })
  t.match(await attempt({ alwaysMatch: { pageLoadStrategy: 'never' } }), { type: 'error', error: 'invalid argument' })
  t.match(await attempt({ alwaysMatch: { 'goog:chromeOptions': { args: 'none' } } }), { type: 'error' })
  t.match(await attempt({}), { type: 'success' })
  socket.close()
})

t.test('alone: who waits for a browser is told when none comes, and costs none when he leaves', async t => {
  const sessions = [await newSession(grid.hub), await newSession(grid.hub)]
  const socket = await openSocket(`${ws(grid.hub)}/session`)
  t.match(await ask(socket, { id: 1, method: 'session.new', params: { capabilities: {} } }), { type: 'error', error: 'session not created', message: /queueTimeout/ })
  socket.send(JSON.stringify({ id: 2, method: 'session.new', params: { capabilities: {} } }))
  await until('it waits', async () => grid.log.length > 0)
  socket.terminate()
  for (const session of sessions) await session.quit()
  await free()
})

t.test('alone: what is no WebSocket of BiDi is closed with why', async t => {
  const garbage = await openSocket(`${ws(grid.hub)}/session`)
  garbage.send('nonsense')
  t.match(await new Promise(resolve => garbage.once('message', data => resolve(JSON.parse(String(data))))), { type: 'error', id: null, error: 'invalid argument' })
  garbage.send(Buffer.from([1, 2, 3]))
  t.strictSame(await closedBy(garbage), { code: 1003, reason: 'BiDi speaks text' })
  const polite = await openSocket(`${ws(grid.hub)}/session`)
  const pong = new Promise(resolve => polite.once('pong', data => resolve(String(data))))
  polite.ping('there?')
  t.equal(await pong, 'there?')
  polite.close(4001)
  t.equal((await closedBy(polite)).code, 4001)
})

t.test('Puppeteer over BiDi', async t => {
  const browser = await puppeteer.connect({ browserWSEndpoint: `${ws(grid.hub)}/session`, protocol: 'webDriverBiDi' })
  const page = await browser.newPage()
  await page.goto(site)
  t.equal(await page.title(), 'Shop')
  await browser.close()
})

t.test('beside a classic session: the address in the answer works', async t => {
  const session = await newSession(grid.hub, { webSocketUrl: true })
  const socket = await openSocket(String(session.capabilities['webSocketUrl']))
  t.match(await ask(socket, { id: 1, method: 'session.status', params: {} }), { type: 'success' })
  await ask(socket, { id: 2, method: 'session.subscribe', params: { events: ['browsingContext.load'] } })
  const loaded = new Promise<{ params: { url: string } }>(resolve => socket.on('message', data => {
    const message = JSON.parse(String(data)) as { method?: string, params: { url: string } }
    if (message.method === 'browsingContext.load') resolve(message)
  }))
  await session.do('POST /url', { url: `${site}/other` })
  t.equal((await loaded).params.url, `${site}/other`)
  socket.close()
  await closedBy(socket)
  t.equal(await session.do('GET /title'), 'Other', 'the session outlives this socket')
  await session.quit()
})
