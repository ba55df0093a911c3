/** Two agents behind two routers, each a process of its own, with unchanged clients and real Chromium. */
import playwright from 'playwright-core'
import puppeteer from 'puppeteer-core'
import selenium from 'selenium-webdriver'
import t from 'tap'
import { remote } from 'webdriverio'
import { agentOf, agentsOf, startAgent, startRouter, warm } from '../support/hosts.js'
import { startSite } from '../support/site.js'
import { ask, openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { basic, call, newSession, rawSession, type RawSession } from '../support/webdriver.js'

const first = await startRouter(t)
const second = await startRouter(t)
const both = [first.gridAddress, second.gridAddress]
await startAgent(t, both, { name: 'a1', 'pool.size': 2, 'playwright.warm': 1, 'pool.warm': 1 })
await startAgent(t, both, { name: 'a2', 'pool.size': 2, 'pool.warm': 1, 'grid.labels': ['region=eu'] })
const { hub } = first
const site = await startSite(t)
await Promise.all([warm(hub, 2), warm(second.hub, 2)])
const free = async (): Promise<void> => { await until('all is free', async () => (await agentsOf(hub)).every(({ leased }) => leased === 0)) }

t.afterEach(free)

t.test('sessions are spread over the agents, and each is driven by the router\'s address alone', async t => {
  const sessions = await Promise.all([newSession(hub), newSession(hub)])
  t.strictSame((await Promise.all(sessions.map(({ id }) => agentOf(hub, id)))).sort(), ['a1', 'a2'])
  for (const session of sessions) {
    await session.do('POST /url', { url: site })
    t.equal(await session.do('GET /title'), 'Shop')
    t.match(session.capabilities['se:cdp'], `${ws(hub)}/session/${session.id}/se/cdp`)
  }
  t.strictSame((await call<{ sessions: { id: string }[] }>(`GET ${hub}/api/sessions`)).body.sessions.map(({ id }) => id).sort(), sessions.map(({ id }) => id).sort())
  await Promise.all(sessions.map(session => session.quit()))
})

t.test('Selenium, with DevTools on the address that it was given', async t => {
  const driver = await new selenium.Builder().usingServer(hub).forBrowser('chrome').build()
  t.teardown(() => driver.quit().catch(() => {}))
  await driver.get(site)
  t.equal(await driver.getTitle(), 'Shop')
  const devtools = await driver.createCDPConnection('page')
  t.match(JSON.stringify(await devtools.send('Runtime.evaluate', { expression: 'document.title' })), /Shop/)
  await driver.quit()
})

t.test('Playwright, Puppeteer, and WebdriverIO over BiDi', async t => {
  const browser = await playwright.chromium.connect(`${ws(hub)}/playwright`)
  const page = await browser.newPage()
  await page.goto(site)
  t.equal(await page.title(), 'Shop')
  await browser.close()
  const puppet = await puppeteer.connect({ browserURL: hub })
  const tab = await puppet.newPage()
  await tab.goto(site)
  t.equal(await tab.title(), 'Shop')
  await puppet.disconnect()
  const { hostname, port } = new URL(hub)
  const wdio = await remote({ hostname, port: Number(port), logLevel: 'error', capabilities: { browserName: 'chrome' } })
  await wdio.url(site)
  t.equal(await wdio.getTitle(), 'Shop')
  await wdio.deleteSession()
})

t.test('BiDi alone', async t => {
  const socket = await openSocket(`${ws(hub)}/session`)
  t.match(await ask(socket, { id: 1, method: 'session.new', params: { capabilities: {} } }), { type: 'success', result: { capabilities: { webSocketUrl: new RegExp(`^${ws(hub)}/session/`) } } })
  socket.close()
})

t.test('any router drives any session, with the same id, and DELETE there ends it', async t => {
  const session = await newSession(hub)
  const same = rawSession(second.hub, session.id)
  await same.do('POST /url', { url: site })
  t.equal(await session.do('GET /title'), 'Shop')
  await same.quit()
  await t.rejects(session.do('GET /title'), /404 invalid session id: .* its client deleted it/)
})

t.test('a session made by REST is claimed by a WebDriver client through another router', async t => {
  const { body } = await call<{ session: { id: string, webdriverUrl: string } }>(`POST ${hub}/api/sessions/create`, { body: { browser: 'chrome' } })
  const { id, webdriverUrl } = body.session
  const there = webdriverUrl.replace(hub, second.hub)
  t.equal((await newSession(there)).id, id)
  await t.rejects(newSession(there), /has a client already/)
  t.match((await call(`DELETE ${second.hub}/api/sessions/${id}`)).body, { success: true })
  t.match((await call(`GET ${hub}/api/sessions/${id}`)).status, 404)
})

t.test('what a router says of its agents', async t => {
  const { body } = await call<{ value: { nodes: { name: string, uri: string, slots: unknown[], ageMs: number }[] } }>(`GET ${hub}/status`)
  t.strictSame(body.value.nodes.map(({ name }) => name).sort(), ['a1', 'a2'])
  t.ok(body.value.nodes.every(({ slots, uri, ageMs }) => slots.length > 0 && uri.startsWith('http://127.0.0.1:') && ageMs < 1500))
  t.match((await call(`GET ${hub}/metrics`)).body, { poolSize: 4 })
  const { body: text } = await call<string>(`GET ${hub}/metrics`, { headers: { Accept: 'text/plain; version=0.0.4' } })
  for (const name of ['a1', 'a2']) t.match(text, `tggrid_agent_capacity{agent="${name}"} 2\n`)
  t.match((await call(`GET ${hub}/readyz`)).status, 200)
  t.match((await call(`POST ${hub}/prewarm`, { body: { count: 2, browserType: 'chrome' } })).status, 200)
})

t.test('a session may ask what its host has to be', async t => {
  const labels = (region: string): object => ({ 'tggrid:options': { labels: { region } } })
  const sessions = [await newSession(hub, labels('eu')), await newSession(hub, labels('eu'))]
  for (const { id } of sessions) t.equal(await agentOf(hub, id), 'a2')
  await t.rejects(newSession(hub, labels('us')), /no slot matches region=us; this grid offers .*region=eu/)
  await Promise.all(sessions.map(session => session.quit()))
})

t.test('a host that is full costs no client an error, and a freed slot anywhere goes to whoever has waited longest, at whichever router', async t => {
  const sessions = await Promise.all([newSession(hub), newSession(hub), newSession(second.hub), newSession(second.hub)])
  const order: string[] = []
  const waits = async (name: string, at: string): Promise<void> => {
    const session = await newSession(at)
    order.push(name)
    await session.quit()
  }
  const waiting: Promise<void>[] = []
  for (const [name, at] of [['w1', hub], ['w2', second.hub], ['w3', hub], ['w4', second.hub]] as const) {
    waiting.push(waits(name, at))
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  await sessions[0]?.quit()
  await Promise.all(waiting)
  t.strictSame(order, ['w1', 'w2', 'w3', 'w4'])
  await Promise.all(sessions.slice(1).map(session => session.quit()))
})

t.test('users take turns at a full host, at whichever routers their clients wait', async t => {
  const users = ['ann', 'bob'].map(name => ({ name, password: `${name}'s` }))
  const routers = [await startRouter(t, { users }), await startRouter(t, { users })] as const
  await startAgent(t, routers.map(({ gridAddress }) => gridAddress), { 'pool.size': 1 })
  for (const { hub } of routers) await until('it knows the agent', async () => (await call(`GET ${hub}/readyz`)).status === 200, 30_000)
  const order: string[] = []
  const as = (user: string, { hub }: { readonly hub: string }): Promise<RawSession> => newSession(hub, {}, basic(user, `${user}'s`))
  const first = await as('ann', routers[0])
  const waiting = ([['ann', 0], ['ann', 0], ['bob', 1]] as const).map(async ([user, at]) => {
    const session = await as(user, routers[at])
    order.push(user)
    await session.quit()
  })
  for (const [at, count] of [[0, 2], [1, 1]] as const) await until('they wait', async () => (await call<{ queued: number }>(`GET ${routers[at].hub}/metrics`, basic('ann', 'ann\'s'))).body.queued === count)
  await first.quit()
  await Promise.all(waiting)
  t.strictSame(order, ['bob', 'ann', 'ann'])
})

t.test('a freed slot anywhere reaches whoever waits, at any router, within 100 ms', async t => {
  const sessions = await Promise.all([newSession(hub), newSession(hub), newSession(second.hub), newSession(second.hub)])
  const waiters = async (at: string): Promise<number> => (await call<{ queued: number }>(`GET ${at}/metrics`)).body.queued
  const times: number[] = []
  for (const at of [hub, second.hub, hub, second.hub, hub]) {
    const waiting = newSession(at)
    await until('it waits', async () => await waiters(at) === 1)
    await sessions.shift()?.quit()
    const freed = performance.now()
    await until('it is served', async () => await waiters(at) === 0)
    times.push(Math.round(performance.now() - freed))
    sessions.push(await waiting)
  }
  const usual = [...times].sort((a, b) => a - b)[2] ?? Infinity
  t.ok(usual < 100, `${times.join(', ')} ms`)
  await Promise.all(sessions.map(session => session.quit()))
})

t.test('a client that hangs up while it waits costs no browser', async t => {
  const sessions = await Promise.all(Array.from({ length: 4 }, () => newSession(hub)))
  await t.rejects(newSession(hub, {}, { signal: AbortSignal.timeout(200) }))
  await Promise.all(sessions.map(session => session.quit()))
  await free()
})
