/** Sessions that are contexts of one browser (`isolation: context`): what they are told, what they share, and how they end. */
import playwright from 'playwright-core'
import puppeteer from 'puppeteer-core'
import t from 'tap'
import { killNow } from '../../src/runtime/processes.js'
import { startGrid, type TestGrid } from '../support/grid.js'
import { metricsOf } from '../support/pool.js'
import { browserOf, commandLineOf, descendantsOf } from '../support/processes.js'
import { startSite } from '../support/site.js'
import { openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { basic, call, execute, newSession, type RawSession } from '../support/webdriver.js'

const { chromium } = playwright
const contextual = { 'tggrid:options': { isolation: 'context' } }
const site = await startSite(t)

const isolationOf = ({ capabilities }: RawSession): unknown => capabilities['tggrid:isolation']

t.test('a session may ask to be a context, is told that it is one, and shares its browser', async t => {
  const grid = await startGrid(t, { 'pool.warm': 0 })
  const own = await newSession(grid.hub)
  const [a, b] = await Promise.all([newSession(grid.hub, contextual), newSession(grid.hub, contextual)])
  t.strictSame([own, a, b].map(isolationOf), ['process', 'context', 'context'])
  t.equal(browserOf(a), browserOf(b))
  t.not(browserOf(a), browserOf(own))
  for (const session of [a, b]) await session.do('POST /url', { url: site })
  await a.do('POST /cookie', { cookie: { name: 'mine', value: '1' } })
  t.strictSame(await b.do('GET /cookie'), [])
  for (const session of [own, a, b]) await session.quit()
})

t.test('what a context cannot be is a process, and its client and the log are told why', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.warm': 0 })
  const session = await newSession(grid.hub, { 'goog:chromeOptions': { prefs: { 'intl.accept_languages': 'de' } } })
  t.equal(isolationOf(session), 'process')
  t.match(session.capabilities['tggrid:isolationReason'], /cannot be a context: .*languages/)
  t.match(grid.log.find(({ msg }) => msg === 'session started'), { isolation: 'process', isolationReason: /languages/ })
  await session.quit()
})

t.test('a session with an emulated device is one of several in a browser; of those beside it none is emulated', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.warm': 0 })
  const plain = await newSession(grid.hub)
  const telephone = await newSession(grid.hub, { 'goog:chromeOptions': { mobileEmulation: { deviceMetrics: { width: 360, height: 640, pixelRatio: 3 }, userAgent: 'telephone' } } })
  t.strictSame([plain, telephone].map(isolationOf), ['context', 'context'])
  t.equal(browserOf(plain), browserOf(telephone))
  const device = (session: RawSession): Promise<unknown> => execute(session, 'return [screen.width, devicePixelRatio, navigator.userAgent, "ontouchstart" in window]')
  for (const session of [plain, telephone]) await session.do('POST /url', { url: site })
  t.strictSame(await device(telephone), [360, 3, 'telephone', true])
  t.match(await device(plain), [/\d/, 1, /Chrome/, false])
  const [first] = await telephone.do<string[]>('GET /window/handles')
  await execute(telephone, 'open("/other")')
  const opened = await until('the pop-up is there', async () => (await telephone.do<string[]>('GET /window/handles')).find(handle => handle !== first))
  await telephone.do('POST /window', { handle: opened })
  t.match(await device(telephone), [360, 3, 'telephone'], 'pop-ups are emulated too; for touch Chrome\'s driver is too late')
  t.equal(standIns().length, 1)
  await telephone.quit()
  await plain.do('POST /url', { url: `${site}/other` })
  t.match(await device(plain), [/\d/, 1, /Chrome/, false])
  t.strictSame(standIns(), [])
  await t.rejects(newSession(grid.hub, { 'goog:chromeOptions': { mobileEmulation: { deviceName: 'Abacus' } } }), { message: /^400 invalid argument: .*'Abacus' must be a valid device/s })
  await plain.quit()
})

t.test('an emulated device whose last window is closed ends, and so does one whose browser dies', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.warm': 0 })
  const telephone = { 'goog:chromeOptions': { mobileEmulation: { deviceName: 'Pixel 7' } } }
  const [closed, crashed] = await Promise.all([newSession(grid.hub, telephone), newSession(grid.hub, telephone)])
  t.equal(standIns().length, 2)
  t.strictSame(await closed.do('DELETE /window'), [])
  await until('it has ended', async () => (await metricsOf(grid.hub)).leased === 1)
  t.equal(standIns().length, 1)
  killNow(browserOf(crashed))
  await until('the other one has ended', async () => (await metricsOf(grid.hub)).leased === 0)
  await until('nobody stands in any more', async () => standIns().length === 0)
})

/** Processes that a driver takes for its browser. */
function standIns (): number[] {
  return descendantsOf(process.pid).filter(pid => commandLineOf(pid).join(' ') === 'sleep infinity')
}

t.test('by REST and by sockets too', async t => {
  const grid = await startGrid(t, { 'pool.warm': 0 })
  const { body: made } = await call<{ session: { id: string, isolation: string } }>(`POST ${grid.api}/api/sessions/create`, { body: { browser: 'chrome', isolation: 'context' } })
  t.equal(made.session.isolation, 'context')
  const { body: shown } = await call<{ session: { isolation: string } }>(`GET ${grid.api}/api/sessions/${made.session.id}`)
  t.equal(shown.session.isolation, 'context')
  const socket = await openSocket(`${ws(grid.hub)}/cdp?isolation=context`)
  const { body: { sessions } } = await call<{ sessions: { isolation: string }[] }>(`GET ${grid.api}/api/sessions`)
  t.strictSame(sessions.map(({ isolation }) => isolation), ['context', 'context'])
  socket.close()
  await until('it has ended with its socket', async () => (await metricsOf(grid.hub)).leased === 1)
  await call(`DELETE ${grid.api}/api/sessions/${made.session.id}`)
})

t.test('within what the operator allows', async t => {
  const grid = await startGrid(t, { 'context.allowed': false, 'pool.warm': 0 })
  await t.rejects(newSession(grid.hub, contextual), { message: /session not created: no slot matches .*isolation=context; this grid offers chrome .*isolation process/ })
  await t.rejects(newSession(grid.hub, { 'tggrid:options': { isolation: 'tab' } }), { message: /^400 invalid argument: .*one of container, process, context/ })
  await t.rejects(startGrid(t, { isolation: 'container' }), { message: /isolation is container, and browsers here run as local processes/ })
})

t.test('users never share a browser, and each has warm contexts', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.size': 4, 'pool.warm': 2, users: [{ name: 'ann', password: 'sesame' }, { name: 'bob', password: 'sesame' }] })
  const before = (await metricsOfAs(grid, 'ann')).poolHits
  const [ann, bob, again] = await Promise.all(['ann', 'bob', 'ann'].map(user => newSession(grid.hub, {}, basic(user, 'sesame'))))
  if (ann === undefined || bob === undefined || again === undefined) return
  t.not(browserOf(ann), browserOf(bob))
  t.equal(browserOf(ann), browserOf(again))
  t.ok((await metricsOfAs(grid, 'ann')).poolHits >= before + 2)
})

async function metricsOfAs ({ hub }: TestGrid, user: string): Promise<{ poolHits: number }> {
  return (await call<{ poolHits: number }>(`GET ${hub}/metrics`, basic(user, 'sesame'))).body
}

t.test('a script that opens a window is answered, whatever clients the sessions beside it have', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.size': 3, 'pool.warm': 0 })
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: site })
  const opensWindows = async (beside: string): Promise<void> => {
    for (const features of ['', 'noopener']) t.equal(await execute(session, `open('/other', '_blank', '${features}'); return 'answered'`), 'answered', `${beside} ${features}`)
    await session.do('POST /window/new', { type: 'tab' })
  }
  await opensWindows('nobody')
  const address = `${ws(grid.hub)}/cdp?isolation=context`
  const byPuppeteer = await puppeteer.connect({ browserWSEndpoint: address })
  await opensWindows('Puppeteer')
  const byPlaywright = await chromium.connectOverCDP(address)
  await opensWindows('Puppeteer and Playwright')
  const byOthers = async (page: { goto (url: string): Promise<unknown>, evaluate (script: string): Promise<unknown> }): Promise<void> => {
    await page.goto(site)
    t.equal(await page.evaluate('open("/other", "_blank", "noopener"); "answered"'), 'answered', 'and theirs are, too')
  }
  await byOthers(await byPuppeteer.newPage())
  await byOthers(await (await byPlaywright.newContext()).newPage())
  t.equal((await session.do<string[]>('GET /window/handles')).length, 10)
  await byPlaywright.close()
  await byPuppeteer.disconnect()
  await session.quit()
})

t.test('so many share a browser as may, then there is another', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'context.sessions': 2, 'pool.size': 5, 'pool.warm': 0 })
  const sessions = await Promise.all([1, 2, 3, 4, 5].map(() => newSession(grid.hub)))
  const browsers = sessions.map(browserOf)
  const counts = [...new Set(browsers)].map(browser => browsers.filter(other => other === browser).length)
  t.strictSame(counts.sort(), [1, 2, 2])
  for (const session of sessions) await session.quit()
})

t.test('all are in front: each has the focus, is visible, and is painted', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.warm': 0 })
  const sessions = await Promise.all([1, 2, 3].map(() => newSession(grid.hub)))
  for (const session of sessions) await session.do('POST /url', { url: site })
  const seen = await Promise.all(sessions.map(session => session.do('POST /execute/async', {
    script: 'const [done] = arguments; let frames = 0, ticks = 0; const frame = () => { frames++; requestAnimationFrame(frame) }; frame(); setInterval(() => ticks++, 20); setTimeout(() => done({ focus: document.hasFocus(), visible: document.visibilityState, frames: frames > 10, ticks: ticks > 10 }), 1000)', args: []
  })))
  t.strictSame(seen, sessions.map(() => ({ focus: true, visible: 'visible', frames: true, ticks: true })))
  for (const session of sessions) await session.quit()
})

t.test('when the browser dies, each of its sessions ends with that reason, and the next one gets another', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.size': 3, 'pool.warm': 0 })
  const [a, b] = await Promise.all([newSession(grid.hub), newSession(grid.hub)])
  killNow(browserOf(a))
  await until('both have ended', async () => (await metricsOf(grid.hub)).leased === 0)
  for (const session of [a, b]) await t.rejects(session.do('GET /title'), { message: /invalid session id: .*its browser crashed or exited/ })
  const next = await newSession(grid.hub)
  t.not(browserOf(next), browserOf(a))
  await next.quit()
})

t.test('a page whose renderer crashes hurts its own session only; an alert and an endless loop no other session', async t => {
  const grid = await startGrid(t, { isolation: 'context', 'pool.size': 4, 'pool.warm': 0 })
  const [victim, alerting, looping, other] = await Promise.all([1, 2, 3, 4].map(() => newSession(grid.hub)))
  if (victim === undefined || alerting === undefined || looping === undefined || other === undefined) return
  await other.do('POST /url', { url: site })
  await victim.do('POST /url', { url: 'chrome://crash' }).catch(() => {})
  await execute(alerting, 'setTimeout(() => alert("stop"), 0)')
  execute(looping, 'for (;;);').catch(() => {}) // ends with its session
  t.equal(await other.do('GET /title'), 'Shop')
  t.equal(await alerting.do('GET /alert/text'), 'stop')
  for (const session of [victim, alerting, looping, other]) await session.quit()
  await until('all of it is clean again', async () => { const { leased, warm } = await metricsOf(grid.hub); return leased + warm === 0 })
  t.notOk(grid.log.some(({ msg }) => msg.includes('could not be cleaned')))
  t.equal(isolationOf(await newSession(grid.hub)), 'context')
})
