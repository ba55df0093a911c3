/** What clients in the field do that the specifications do not foresee, or only just: each line is somebody's client. */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import playwright from 'playwright-core'
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { until } from '../support/until.js'
import { basic, call, newSession, type RawSession } from '../support/webdriver.js'

const grid = await startGrid(t)
const { hostname, port } = new URL(grid.hub)

/** Sends these bytes, and resolves with all that comes until the other side closes. */
async function raw (bytes: string): Promise<string> {
  const socket = connect(Number(port), hostname)
  let said = ''
  socket.setEncoding('latin1').on('data', (text: string) => { said += text })
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return said
}

async function withSession (use: (session: RawSession) => Promise<void>): Promise<void> {
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: 'data:text/html,<title>Shop</title>' })
  await use(session)
  await session.quit().catch(() => {}) // it has ended already
  await until('the slot is free', async () => await leasedOf(grid.hub) === 0)
}

t.test('every answer says that it is not to be kept (W3C WebDriver, "send a response")', async t => {
  const { headers, body } = await call<{ value: { sessionId: string } }>(`POST ${grid.hub}/session`, { body: { capabilities: {} } })
  const { sessionId } = body.value
  const answers = [{ headers }, await call(`GET ${grid.hub}/session/${sessionId}/title`), await call(`GET ${grid.hub}/status`), await call(`DELETE ${grid.hub}/session/${sessionId}`), await call(`GET ${grid.hub}/session/${sessionId}/title`), await call(`GET ${grid.hub}/nothing`)]
  t.strictSame(answers.map(({ headers }) => headers['cache-control']), answers.map(() => 'no-cache'))
})

t.test('a proxy that speaks HTTP/1.0, as nginx does unless told otherwise', async t => {
  await withSession(async ({ id }) => {
    t.match(await raw(`GET /session/${id}/title HTTP/1.0\r\nHost: localhost\r\n\r\n`), /^HTTP\/1\.\d 200 [^]*"Shop"/)
  })
})

t.test('a command whose body comes in chunks', async t => {
  await withSession(async ({ id }) => {
    const outgoing = request(`${grid.hub}/session/${id}/execute/sync`, { method: 'POST', headers: { 'Content-Type': 'application/json' } })
    for (const part of ['{"script":"return argu', 'ments[0]","args":[42', ']}']) outgoing.write(part)
    outgoing.end()
    const [answer] = await once(outgoing, 'response') as [import('node:http').IncomingMessage]
    let said = ''
    for await (const part of answer.setEncoding('utf8')) said += part
    t.strictSame(JSON.parse(said), { value: 42 })
  })
})

t.test('a query, which no command has: the command is the same, and the session ends by it', async t => {
  await withSession(async ({ id }) => {
    t.match(await call(`GET ${grid.hub}/session/${id}/title?x=1`), { status: 200, body: { value: 'Shop' } })
    t.match(await call(`DELETE ${grid.hub}/session/${id}?x=1`), { status: 200, body: { value: null } })
    t.equal(await leasedOf(grid.hub), 0)
  })
})

for (const prefix of ['/', '/wd/hub/']) {
  t.test(`a hub's address that ends with a slash: ${prefix}`, async t => {
    const { body: { value: { sessionId } } } = await call<{ value: { sessionId: string } }>(`POST ${grid.hub}${prefix}/session`, { body: { capabilities: {} } })
    t.match(await call(`GET ${grid.hub}${prefix}/session/${sessionId}/timeouts`), { status: 200 })
    t.match(await call(`DELETE ${grid.hub}${prefix}/session/${sessionId}`), { status: 200 })
    t.equal(await leasedOf(grid.hub), 0)
  })
}

t.test('w3c: false, a habit of Protractor\'s users, is refused with what to do', async t => {
  t.match(await call(`POST ${grid.hub}/session`, { body: { capabilities: { alwaysMatch: { 'goog:chromeOptions': { w3c: false } } } } }), { status: 500, body: { value: { error: 'session not created', message: /leave `w3c: false` out/ } } })
})

t.test('setWindowRect cannot be asked for (W3C WebDriver, §7.1)', async t => {
  t.match(await call(`POST ${grid.hub}/session`, { body: { capabilities: { firstMatch: [{}, { setWindowRect: true }] } } }), { status: 400, body: { value: { error: 'invalid argument' } } })
})

t.test('/json/close and /json/activate of a page that is promised only', async t => {
  const { body: { id } } = await call<{ id: string }>(`PUT ${grid.hub}/json/new`)
  t.match(await call(`GET ${grid.hub}/json/activate/${id}`), { status: 200, body: 'Target activated' })
  t.match(await call(`GET ${grid.hub}/json/close/${id}`), { status: 200, body: 'Target is closing' })
})

t.test('connectOverCDP with a password in its HTTP address: the socket needs none', async t => {
  const guarded = await startGrid(t, { users: [{ name: 'ann', password: 'sesame' }] })
  const url = new URL(guarded.hub)
  url.username = 'ann'
  url.password = 'sesame'
  const browser = await playwright.chromium.connectOverCDP(url.href)
  t.ok(browser.isConnected())
  await browser.close()
  const { body: { webSocketDebuggerUrl } } = await call<{ webSocketDebuggerUrl: string }>(`GET ${guarded.hub}/json/version`, basic('ann', 'sesame'))
  t.match(webSocketDebuggerUrl, /\?token=[\w-]+\.[\w-]+\.[\w-]+$/)
})
