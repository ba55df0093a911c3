/** Firefox of this machine, beside its Chromium: found, driven, and nothing of a session left in the next. */
import selenium from 'selenium-webdriver'
import firefox from 'selenium-webdriver/firefox.js'
import t from 'tap'
import { localBrowsers, startGrid } from '../support/grid.js'
import { forbiddenCases } from '../support/firefox-forbidden.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { startSite } from '../support/site.js'
import { ask, openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { uploads } from '../support/upload.js'
import { execute, newSession } from '../support/webdriver.js'

t.setTimeout(120_000)
const skip = !(await localBrowsers()).some(({ browserName }) => browserName === 'firefox') && 'this machine has no Firefox with geckodriver'

t.test('Firefox as a local process', { skip }, async t => {
  const grid = await startGrid(t, { 'pool.browser': 'firefox', 'pool.size': 2, 'pool.warm': 1 })
  const site = await startSite(t)
  t.afterEach(() => until('every slot is free', async () => await leasedOf(grid.hub) === 0))
  t.beforeEach(() => grid.warm())

  await t.test('Selenium: a hit, and the same driver again', async t => {
    const { poolHits, totalReused } = await metricsOf(grid.hub)
    for (let i = 0; i < 2; i++) {
      const driver = await new selenium.Builder().usingServer(grid.hub).forBrowser('firefox').build()
      await driver.get(site)
      t.equal(await driver.executeScript('const before = localStorage.length + document.cookie.length; localStorage.x = 1; document.cookie = "a=1; max-age=99"; return before'), 0)
      await driver.quit()
      await until('it is clean again', async () => (await metricsOf(grid.hub)).totalReused > totalReused + i)
      await grid.warm()
    }
    t.equal((await metricsOf(grid.hub)).poolHits, poolHits + 2)
  })

  await t.test('a file of the client\'s is uploaded', t => uploads(t, grid.hub, 'firefox'))

  await t.test('BiDi beside it', async t => {
    const session = await newSession(grid.hub, { browserName: 'firefox', webSocketUrl: true })
    const socket = await openSocket(String(session.capabilities['webSocketUrl']))
    t.match(session.capabilities['webSocketUrl'], `${ws(grid.hub)}/session/${session.id}`)
    t.match(await ask(socket, { id: 1, method: 'browsingContext.getTree', params: {} }), { type: 'success' })
    socket.close()
    await session.quit()
  })

  await t.test('who names no browser gets pool.browser; Chrome is there too', async t => {
    const [none, chrome] = [await newSession(grid.hub), await newSession(grid.hub, { browserName: 'chrome' })]
    t.match([none.capabilities, chrome.capabilities], [{ browserName: 'firefox' }, { browserName: 'chrome' }])
    t.match(await execute(none, 'return navigator.userAgent'), /Firefox/)
    for (const session of [none, chrome]) await session.quit()
  })

  await t.test('closing the last window ends the session', async t => {
    const session = await newSession(grid.hub)
    t.strictSame(await session.do('DELETE /window'), [])
    await t.rejects(session.do('GET /title'), { message: /404 invalid session id: .*last window was closed/ })
  })

  await t.test('what would start programs of this machine is refused', async t => {
    for (const [what, options] of forbiddenCases) await t.rejects(newSession(grid.hub, { browserName: 'firefox', 'moz:firefoxOptions': options }), { message: /400 invalid argument: .* cannot be asked for/ }, what)
    const options = new firefox.Options().setPreference('intl.accept_languages', 'fr-CA').addArguments('--width=900')
    const driver = await new selenium.Builder().usingServer(grid.hub).forBrowser('firefox').setFirefoxOptions(options).build()
    t.equal(await driver.executeScript('return navigator.language'), 'fr-CA', 'anything else is not')
    await driver.quit()
  })
})

t.test('nothing is left of it when the grid ends', { skip }, async t => {
  const grid = await startProcess(t, { 'pool.browser': 'firefox', 'pool.size': 1, 'pool.warm': 1, 'session.grace': 0 })
  await grid.said('ready')
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: 'data:text/html,<title>Shop</title>' })
  grid.child.kill('SIGTERM')
  await grid.ended
  await until('every process has gone', () => grid.descendants().length === 0)
  t.strictSame(grid.leftovers(), [])
})
