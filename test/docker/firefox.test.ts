/** Firefox in containers, by WebDriver and BiDi, with unchanged clients. */
import puppeteer from 'puppeteer-core'
import selenium from 'selenium-webdriver'
import firefox from 'selenium-webdriver/firefox.js'
import t, { type Test } from 'tap'
import { remote } from 'webdriverio'
import { gatewayOf, startTraceSite } from '../support/container-site.js'
import { agentOf, containerSettings, containersOf, docker, execIn, noImage, noneLeft, startDockerGrid } from '../support/engine.js'
import { hitAndReuse } from '../support/hit.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { pythonMissing, runPython } from '../support/python.js'
import { ask, openSocket, refusedSocket, ws } from '../support/sockets.js'
import { machineTraces } from '../support/traces.js'
import { until } from '../support/until.js'
import { uploads } from '../support/upload.js'
import { call, execute, newSession, rawSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(280_000)
const image = 'tggrid/firefox'
const skip = await noImage(image)
const page = 'data:text/html,<title>Shop</title><button>Buy</button>'
const settings = { 'pool.browser': 'firefox', 'container.images': [image], 'pool.size': 2, 'pool.warm': 1 }

t.test('Firefox in containers', { skip }, async t => {
  const grid = await startDockerGrid(t, settings)
  t.afterEach(() => until('every slot is free', async () => await leasedOf(grid.hub) === 0))
  t.beforeEach(() => grid.warm())

  await t.test('Selenium for JavaScript: a hit; the container is used again', async t => {
    await hitAndReuse(t, grid, 'firefox')
  })

  await t.test('Selenium for JavaScript over BiDi: its socket leads to Firefox\'s own port', async t => {
    const options = new firefox.Options().setPreference('browser.tabs.warnOnClose', false)
    options.enableBidi()
    const driver = await new selenium.Builder().usingServer(grid.hub).forBrowser('firefox').setFirefoxOptions(options).build()
    const bidi = await driver.getBidi()
    t.equal((await driver.getCapabilities()).get('webSocketUrl'), `${ws(grid.hub)}/session/${(await driver.getSession()).getId()}`)
    t.match(await bidi.status, { result: { ready: false } }, 'Firefox speaks: there is one session already')
    await driver.quit()
  })

  await t.test('a file of the client\'s is uploaded', t => uploads(t, grid.hub, 'firefox'))

  await t.test('Selenium for Python, with arguments and preferences', { skip: pythonMissing() }, async t => {
    const said = JSON.parse(await runPython(`
import json, sys
from selenium import webdriver
options = webdriver.FirefoxOptions()
options.add_argument("--width=900")
options.set_preference("intl.accept_languages", "fr-CA")
options.log.level = "error"
driver = webdriver.Remote(sys.argv[1], options=options)
driver.get(sys.argv[2])
said = [driver.title, driver.capabilities["browserName"], driver.execute_script("return navigator.language")]
driver.quit()
print(json.dumps(said))
`, `${grid.hub}/wd/hub`, page)) as unknown
    t.strictSame(said, ['Shop', 'firefox', 'fr-CA'])
  })

  await t.test('WebdriverIO and Puppeteer, over BiDi', async t => {
    const { hostname, port } = new URL(grid.hub)
    const wdio = await remote({ hostname, port: Number(port), logLevel: 'error', capabilities: { browserName: 'firefox' } })
    await wdio.url(page)
    t.equal(await wdio.getTitle(), 'Shop')
    t.ok(wdio.isBidi)
    await wdio.deleteSession()
    const browser = await puppeteer.connect({ browserWSEndpoint: `${ws(grid.hub)}/session`, protocol: 'webDriverBiDi', capabilities: { alwaysMatch: { browserName: 'firefox' } } })
    const tab = await browser.newPage()
    await tab.goto(page)
    t.equal(await tab.title(), 'Shop')
    await browser.disconnect()
  })

  await t.test('BiDi alone: a session begins with session.new, and ends with its socket', async t => {
    const socket = await openSocket(`${ws(grid.hub)}/session`)
    const { result: { capabilities } } = await ask<{ result: { capabilities: Record<string, unknown> } }>(socket, { id: 1, method: 'session.new', params: { capabilities: { alwaysMatch: { browserName: 'firefox' } } } })
    t.match(capabilities, { browserName: 'firefox', 'se:cdpEnabled': false })
    const { result: { contexts } } = await ask<{ result: { contexts: { context: string }[] } }>(socket, { id: 2, method: 'browsingContext.getTree', params: {} })
    await ask(socket, { id: 3, method: 'browsingContext.navigate', params: { context: contexts[0]?.context, url: page, wait: 'complete' } })
    t.match(await ask(socket, { id: 4, method: 'script.evaluate', params: { expression: 'document.title', target: { context: contexts[0]?.context }, awaitPromise: false } }), { result: { result: { value: 'Shop' } } })
    t.match(await ask(socket, { id: 5, method: 'session.end', params: {} }), { error: 'unsupported operation' }, 'Firefox ends none that a driver began')
    socket.close()
  })

  await t.test('a warm session is what its driver makes for a client', async t => {
    const [warm, cold] = [await newSession(grid.hub), await newSession(grid.hub, { 'moz:firefoxOptions': { prefs: { 'some.preference': 1 } } })]
    const { poolHits, poolMisses } = await metricsOf(grid.hub)
    t.ok(poolHits > 0 && poolMisses > 0)
    const same = ({ 'moz:profile': _, 'moz:processID': _id, webSocketUrl: _url, ...rest }: Readonly<Record<string, unknown>>): object => rest
    t.strictSame(same(warm.capabilities), same(cold.capabilities))
    const looks = async (session: RawSession): Promise<unknown> => [await session.do('GET /window/rect'), await session.do('GET /url'), (await session.do<string[]>('GET /window/handles')).length, await execute(session, 'return [innerWidth, innerHeight, history.length]')]
    t.strictSame(await looks(warm), await looks(cold))
    for (const session of [warm, cold]) await session.quit()
  })

  await t.test('what it does not have is said', async t => {
    const session = await newSession(grid.hub)
    t.match(session.capabilities, { 'se:cdpEnabled': false })
    t.match((await refusedSocket(`${ws(grid.hub)}/session/${session.id}/se/cdp`)).body, /no cdp socket: its browser has none/)
    await session.quit()
    await t.rejects(newSession(grid.hub, { 'moz:firefoxOptions': { androidPackage: 'org.mozilla.firefox' } }), { message: /400 invalid argument: moz:firefoxOptions.androidPackage cannot be asked for/ })
    await t.rejects(newSession(grid.hub, { browserName: 'chrome' }), { message: /this grid offers firefox \d/ })
  })

  await t.test('a page cannot speak to its driver; scripts do not get the browser\'s own rights', async t => {
    const session = await newSession(grid.hub)
    const [{ Id = '' } = {}] = await leasedContainers(session)
    const said = (headers: string): Promise<string> => execIn(Id, 'node', '-e', `require('http').request({ port: 4444, path: '/session', method: 'POST', headers: ${headers} }, r => r.pipe(process.stdout)).end('{}')`)
    t.match(await said('{ Host: "localhost:4444", Origin: "null" }'), /Invalid Origin header/)
    t.match(await said('{ Host: "rebound.test:4444" }'), /Invalid Host header/)
    await t.rejects(session.do('POST /moz/context', { context: 'chrome' }))
    await session.quit()
  })

  await t.test('a browser that dies ends its session, before anybody asks', async t => {
    const session = await newSession(grid.hub)
    for (const { Id } of await containersOf(agentOf(session))) await execIn(Id, 'sh', '-c', 'grep -l marionett[e] /proc/[0-9]*/cmdline | cut -d/ -f3 | xargs kill -9')
    await until('it has ended', async () => await leasedOf(grid.hub) === 0)
    t.match(await call(`GET ${grid.hub}/session/${session.id}/title`), { status: 404, body: { value: { message: /ended: its browser crashed/ } } })
  })
})

for (const way of ['browser', 'container']) {
  t.test(`recycle: ${way}: a session finds nothing of the one before`, { skip }, async t => {
    const grid = await startDockerGrid(t, { ...settings, 'pool.size': 1, 'pool.warm': 0, 'container.recycle': way, 'container.memory': 2048 })
    const site = await startTraceSite(t, await gatewayOf(grid))
    const first = await newSession(grid.hub)
    const [{ Id: container = '' } = {}] = await leasedContainers(first)
    await leaveInBrowser(t, first, site.origin)
    for (const trace of machineTraces) {
      await trace.leave({ container })
      t.ok(await until(`it is found: ${trace.name}`, () => trace.found({ container })), `left: ${trace.name}`)
    }
    await first.quit()
    await until('it has ended', async () => await leasedOf(grid.hub) === 0)
    const second = await newSession(grid.hub)
    const [{ Id: next = '' } = {}] = await leasedContainers(second)
    for (const trace of machineTraces) t.notOk(await trace.found({ container: next }), `gone: ${trace.name}`)
    t.not((await second.do<{ width: number }>('GET /window/rect')).width, 611)
    await second.do('POST /url', { url: site.origin })
    for (const [name, { found }] of Object.entries(inBrowser)) t.notOk(await second.do('POST /execute/async', { script: `Promise.resolve(${found}).then(arguments[0])`, args: [] }), `gone: ${name}`)
    await second.quit()
    t.equal(next === container, way === 'browser', 'the container is another one only where it is to be')
  })
}

/** Scripts that leave something in Firefox, and that say whether it is there. */
const inBrowser: Readonly<Record<string, { readonly leave: string, readonly found: string }>> = {
  'a cookie': { leave: 'document.cookie = "trace=1; max-age=9999"', found: 'document.cookie.includes("trace")' },
  localStorage: { leave: 'localStorage.setItem("trace", "1")', found: 'localStorage.length > 0' },
  IndexedDB: { leave: 'new Promise(done => { indexedDB.open("trace").onsuccess = () => done() })', found: 'indexedDB.databases().then(all => all.length > 0)' },
  'credentials of HTTP authentication': { leave: 'new Promise(done => { const x = new XMLHttpRequest(); x.open("GET", "/secret", true, "ann", "sesame"); x.onloadend = () => done() ; x.send() })', found: 'fetch("/secret", { signal: AbortSignal.timeout(1000) }).then(r => r.status === 200, () => false)' }
}

async function leaveInBrowser (t: Test, session: RawSession, url: string): Promise<void> {
  await session.do('POST /url', { url })
  for (const [name, { leave, found }] of Object.entries(inBrowser)) {
    await session.do('POST /execute/async', { script: `Promise.resolve(${leave}).then(() => arguments[0]())`, args: [] })
    t.ok(await session.do('POST /execute/async', { script: `Promise.resolve(${found}).then(arguments[0])`, args: [] }), `left: ${name}`)
  }
  await session.do('POST /window/rect', { width: 611, height: 433 })
}

/** With one slot there is one container with a browser; others wait without one. */
async function leasedContainers (session: RawSession): Promise<{ Id: string }[]> {
  const all = await containersOf(agentOf(session))
  const looked = await Promise.all(all.map(async ({ Id }) => ({ Id, used: ((await docker.getContainer(Id).top()).Processes as string[][]).some(row => row.some(cell => cell.includes('--marionette'))) })))
  return looked.filter(({ used }) => used)
}

t.test('an agent that is killed and started again goes on with its session', { skip }, async t => {
  const containers = containerSettings({ ...settings, 'session.idleTimeout': 60 })
  const first = await startProcess(t, containers)
  await first.said('ready')
  const session = await newSession(first.hub, { webSocketUrl: true })
  await session.do('POST /url', { url: page })
  first.child.kill('SIGKILL')
  await first.ended
  const second = await startProcess(t, containers)
  await second.said('session goes on')
  const again = rawSession(second.hub, session.id)
  t.equal(await again.do('GET /title'), 'Shop', 'the same id, the same page')
  const socket = await openSocket(`${ws(second.hub)}/session/${session.id}`)
  t.match(await ask(socket, { id: 1, method: 'browsingContext.getTree', params: {} }), { result: { contexts: [{ url: page }] } })
  socket.close()
  await again.quit()
  second.child.kill('SIGTERM')
  await second.ended
  await noneLeft(agentOf(session))
})
