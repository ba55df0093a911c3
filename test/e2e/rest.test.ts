/** The REST API with real browsers: what it makes can be driven by every door. */
import t from 'tap'
import selenium from 'selenium-webdriver'
import { WebSocket } from 'ws'
import { metricsOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { call, newSession, rawSession } from '../support/webdriver.js'

interface Made {
  readonly session: Readonly<Record<'id' | 'browser' | 'browserVersion' | 'webdriverUrl' | 'cdpUrl' | 'createdAt', string>> & { readonly startupTime: number, readonly poolHit: boolean }
}

const page = 'data:text/html,<title>Shop</title>'
const grid = await startGrid(t, { 'pool.size': 3, 'pool.warm': 1 })
const { body: { token } } = await call<{ token: string }>(`POST ${grid.api}/api/auth/login`, { body: { email: 'ann@example.com', password: 'any' } })
const headers = { Authorization: `Bearer ${token}` }

async function create (): Promise<Made['session']> {
  const { status, body } = await call<Made>(`POST ${grid.api}/api/sessions/create`, { body: { browser: 'chrome' }, headers })
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.session
}

t.test('a session is created, listed, shown and deleted', async t => {
  const made = await create()
  t.ok(made.poolHit)
  t.equal(made.browser, 'chrome')
  t.match(made.browserVersion, /^\d+(\.\d+)*$/)
  t.match(made.createdAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  t.ok(made.startupTime >= 0)
  t.strictSame((await call(`GET ${grid.api}/api/sessions`, { headers })).body, { sessions: [made] })
  t.strictSame((await call(`GET ${grid.api}/api/sessions/${made.id}`, { headers })).body, { session: made })
  t.strictSame((await call(`DELETE ${grid.api}/api/sessions/${made.id}`, { headers })).body, { success: true })
  t.strictSame((await call(`GET ${grid.api}/api/sessions`, { headers })).body, { sessions: [] })
  const late = await call<{ message: string }>(`GET ${grid.api}/api/sessions/${made.id}`, { headers })
  t.match(late, { status: 404, body: { message: /deleted/ } })
})

t.test('raw WebDriver commands drive it by its id', async t => {
  const made = await create()
  const session = rawSession(grid.hub, made.id)
  await session.do('POST /url', { url: page })
  t.equal(await session.do('GET /title'), 'Shop')
  await session.quit()
})

t.test('its DevTools socket drives it', async t => {
  const made = await create()
  const socket = new WebSocket(made.cdpUrl)
  t.teardown(() => socket.terminate())
  await new Promise((resolve, reject) => { socket.once('open', resolve).once('error', reject) })
  const answer = new Promise<{ id: number, result: { product: string } }>(resolve => { socket.once('message', data => resolve(JSON.parse(String(data)))) })
  socket.send('{"id":1,"method":"Browser.getVersion"}')
  t.match(await answer, { id: 1, result: { product: `Chrome/${made.browserVersion}` } })
  await rawSession(grid.hub, made.id).quit()
})

t.test('selenium-webdriver on its webdriverUrl takes it over instead of making another', async t => {
  const made = await create()
  const driver = await new selenium.Builder().usingServer(made.webdriverUrl).forBrowser('chrome').build()
  t.equal((await driver.getSession()).getId(), made.id)
  t.equal((await metricsOf(grid.hub)).leased, 1)
  await driver.get(page)
  t.equal(await driver.getTitle(), 'Shop')
  await driver.quit()
  t.equal((await metricsOf(grid.hub)).leased, 0)
})

t.test('/metrics speaks JSON to the guide and text to Prometheus', async t => {
  const { body } = await call(`GET ${grid.pool}/metrics`)
  for (const name of ['poolSize', 'activeContainers', 'totalCreated', 'totalReused', 'poolHits', 'poolMisses', 'avgStartupTime']) {
    t.type((body as Record<string, unknown>)[name], 'number', name)
  }
  const text = await call<string>(`GET ${grid.pool}/metrics`, { headers: { Accept: 'text/plain; version=0.0.4' } })
  t.match(text.headers['content-type'], /^text\/plain/)
  t.match(text.body, /^# TYPE \S+ (counter|gauge|histogram)$/m)
})

t.test('what cannot be done is said with a status and a reason', async t => {
  const create = `POST ${grid.api}/api/sessions/create`
  const cases: ReadonlyArray<readonly [to: string, options: object, status: number, message: RegExp]> = [
    [create, { body: '{"browser":', headers }, 400, /JSON/],
    [create, { body: {}, headers }, 400, /browser/],
    [create, { body: { browser: 7 }, headers }, 400, /browser/],
    [create, { body: { browser: 'mosaic' }, headers }, 400, /mosaic.*chrome/s],
    [`GET ${grid.api}/api/sessions/nothing`, { headers }, 404, /nothing/],
    [`DELETE ${grid.api}/api/sessions/nothing`, { headers }, 404, /nothing/],
    [`GET ${grid.api}/api/nowhere`, { headers }, 404, /nowhere/],
    [`POST ${grid.api}/api/auth/login`, { body: { email: 'ann' } }, 400, /password/],
    [`GET ${grid.api}/api/sessions`, { headers: { Authorization: `Bearer ${token}x` } }, 401, /credentials are wrong or have expired/]
  ]
  for (const [to, options, status, message] of cases) {
    const reply = await call<{ error: string, message: string }>(to, options)
    t.equal(reply.status, status, to)
    t.type(reply.body.error, 'string')
    t.match(reply.body.message, message)
  }
})

t.test('a page elsewhere cannot use the grid through somebody\'s browser', async t => {
  const foreign = { Origin: 'https://evil.example' }
  t.equal((await call(`POST ${grid.hub}/session`, { body: { capabilities: {} }, headers: foreign })).status, 403)
  t.equal((await call(`GET ${grid.api}/api/sessions`, { headers: { ...headers, ...foreign } })).status, 403)
  t.equal((await call(`GET ${grid.api}/api/sessions`, { headers: { ...headers, Host: 'evil.example:4444' } })).status, 403, 'DNS rebinding')
  const session = await newSession(grid.hub)
  t.equal((await call(`GET ${grid.hub}/session/${session.id}/title`, { headers: foreign })).status, 403)
  const socket = new WebSocket(`${grid.hub.replace('http', 'ws')}/session/${session.id}/se/cdp`, { origin: 'https://evil.example' })
  const [error] = await new Promise<[Error]>(resolve => { socket.once('error', (...error) => resolve(error)) })
  t.match(error.message, /403/)
  await session.quit()
})
