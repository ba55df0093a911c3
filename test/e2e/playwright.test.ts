/** Playwright's own protocol, with unchanged clients and real Chromium. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import playwright from 'playwright-core'
import t from 'tap'
import { killNow } from '../../src/runtime/processes.js'
import { main } from '../support/process-grid.js'
import { browsersAmong, descendantsOf } from '../support/processes.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { startSite } from '../support/site.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

const { chromium, firefox } = playwright
const folder = t.testdir()
const grid = await startGrid(t, { 'pool.size': 4, 'pool.warm': 1, 'playwright.warm': 1, 'playwright.folder': folder })
const site = await startSite(t)
const free = (): Promise<unknown> => until('every slot is free', async () => await leasedOf(grid.hub) === 0)

interface Shown { readonly session: Readonly<Record<string, string>> }

t.afterEach(free)

t.test('a client drives a page in a browser that ran before it came', async t => {
  const { poolHits } = await metricsOf(grid.hub)
  const browser = await chromium.connect(`${ws(grid.hub)}/playwright`)
  const page = await browser.newPage()
  await page.route('**/other', route => route.fulfill({ body: '<title>Mocked</title>', contentType: 'text/html' }))
  await page.goto(site)
  t.equal(await page.title(), 'Shop')
  await page.fill('#name', 'Ann')
  await page.click('#buy')
  t.equal(await page.textContent('#out'), 'thank you')
  await page.goto(`${site}/other`)
  t.equal(await page.title(), 'Mocked')
  t.equal((await page.screenshot()).toString('latin1', 1, 4), 'PNG')
  t.equal((await metricsOf(grid.hub)).poolHits, poolHits + 1)
  t.match(await page.evaluate('navigator.userAgent'), /HeadlessChrome/)
  const [opened, answered] = await Promise.all([page.waitForEvent('popup'), page.evaluate('open("about:blank") !== null')])
  t.strictSame([opened.url(), answered], ['about:blank', true], 'a script that opens a window is answered')
  await browser.close()
})

const addresses = {
  'behind /chromium': '/chromium/playwright',
  'with the browser behind it': '/playwright/chromium',
  'with browser and version, as Moon has it': '/playwright/chromium/playwright-1.65.1',
  'at the root': '/',
  'with a slash at the end': '/playwright/'
}
for (const [name, path] of Object.entries(addresses)) {
  t.test(`it is reached ${name}`, async t => {
    const browser = await chromium.connect(ws(grid.hub) + path)
    t.ok(browser.isConnected())
    await browser.close()
  })
}

for (const path of ['', '/playwright', '/chromium/playwright']) {
  t.test(`an http address leads there too: ${path === '' ? 'the plain one' : path}`, async t => {
    const browser = await chromium.connect(grid.hub + path)
    t.ok(browser.isConnected())
    await browser.close()
  })
}

t.test('launch options come by header or query, and shape the browser', async t => {
  const options = JSON.stringify({ args: ['--user-agent=Tester'], headless: true })
  const places = [{ url: '/playwright', headers: { 'x-playwright-launch-options': options } }, { url: `/playwright?launch-options=${encodeURIComponent(options)}`, headers: {} }]
  for (const { url, headers } of places) {
    const browser = await chromium.connect(ws(grid.hub) + url, { headers })
    const page = await browser.newPage()
    t.equal(await page.evaluate('navigator.userAgent'), 'Tester', url)
    await browser.close()
  }
})

t.test('launch options that are none are refused with why', async t => {
  const wrong = { args: 'none' }
  await t.rejects(chromium.connect(`${ws(grid.hub)}/playwright`, { headers: { 'x-playwright-launch-options': JSON.stringify(wrong) } }), { message: /400 Bad Request[^]*args has to be a list of texts/ })
  await t.rejects(chromium.connect(`${ws(grid.hub)}/playwright?launch=nonsense`), { message: /400 Bad Request[^]*launch options have to be JSON/ })
})

t.test('a browser that is not there is refused with what is', async t => {
  await t.rejects(firefox.connect(`${ws(grid.hub)}/playwright`), { message: /400 Bad Request[^]*no slot matches browserName=firefox.*this grid offers chrome/ })
})

t.test('exposeNetwork is refused in words, instead of being left out', async t => {
  await t.rejects(chromium.connect(`${ws(grid.hub)}/playwright`, { exposeNetwork: '*' }), { message: /501[^]*exposeNetwork is not available/ })
})

t.test('a crash of the browser ends the session with that reason', async t => {
  const browser = await chromium.connect(`${ws(grid.hub)}/playwright`)
  const { body } = await call<{ sessions: Shown['session'][] }>(`GET ${grid.hub}/api/sessions`)
  const id = body.sessions[0]?.['id'] ?? ''
  const gone = new Promise<void>(resolve => browser.once('disconnected', () => resolve()))
  playwrightBrowsers().forEach(killNow)
  await gone
  await free()
  t.match(await call(`GET ${grid.hub}/session/${id}/title`), { status: 404, body: { value: { message: /ended: (its browser crashed|the socket)/ } } })
})

t.test('one session, all doors: watched by DevTools, joined by a second client, listed with every address', async t => {
  const browser = await chromium.connect(`${ws(grid.hub)}/playwright`)
  const page = await browser.newPage()
  await page.goto(site)
  const { body: { sessions } } = await call<{ sessions: Shown['session'][] }>(`GET ${grid.hub}/api/sessions`)
  const [{ cdpUrl = '', devtoolsUrl = '', playwrightUrl = '', ...rest } = {}] = sessions
  t.notOk('webdriverUrl' in rest || 'bidiUrl' in rest, 'only what works')
  for (const address of [cdpUrl, devtoolsUrl]) {
    const watcher = await chromium.connectOverCDP(address)
    t.strictSame(watcher.contexts().flatMap(context => context.pages().map(page => page.url())), [`${site}/`], address)
    await watcher.close()
  }
  const second = await chromium.connect(playwrightUrl)
  t.ok(second.isConnected())
  await second.close()
  t.equal(await page.title(), 'Shop', 'it goes on')
  await browser.close()
})

t.test('a WebDriver session with Playwright attached for its mocks', async t => {
  const session = await newSession(grid.hub)
  const { body } = await call<Shown>(`GET ${grid.hub}/api/sessions/${session.id}`)
  const browser = await chromium.connectOverCDP(body.session['devtoolsUrl'] ?? '')
  const [page] = browser.contexts()[0]?.pages() ?? []
  await page?.route('**/*', route => route.fulfill({ body: '<title>Mocked</title>', contentType: 'text/html' }))
  await session.do('POST /url', { url: `${site}/other` })
  t.equal(await session.do('GET /title'), 'Mocked')
  await browser.close()
  t.equal(await session.do('GET /title'), 'Mocked', 'the watcher leaves, the session stays')
  await session.quit()
})

t.test('the API opens a session for Playwright, which lives until it is deleted', async t => {
  const made = await call<Shown>(`POST ${grid.api}/api/sessions/create`, { body: { browser: 'chrome', protocol: 'playwright', launchOptions: { args: ['--user-agent=Tester'] } } })
  const { id = '', playwrightUrl = '' } = made.body.session
  for (const visit of [1, 2]) {
    const browser = await chromium.connect(playwrightUrl)
    t.equal(await (await browser.newPage()).evaluate('navigator.userAgent'), 'Tester', `visit ${visit}`)
    await browser.close()
  }
  t.equal((await call(`DELETE ${grid.api}/api/sessions/${id}`)).status, 200)
  await t.rejects(chromium.connect(playwrightUrl), { message: /410 Gone[^]*its client deleted it/ })
  t.match(await call(`POST ${grid.api}/api/sessions/create`, { body: { browser: 'chrome', protocol: 'playwright', playwrightVersion: '1.2' } }), { status: 428, body: { message: /tggrid playwright add 1\.2, and start the grid again$/ } })
})

t.test('a WebDriver client cannot ask for Playwright\'s capability', async t => {
  const reply = await call(`POST ${grid.hub}/session`, { body: { capabilities: { alwaysMatch: { 'tggrid:playwright': { version: '1.65', options: { executablePath: '/bin/sh' } } } } } })
  t.match(reply, { status: 400, body: { value: { error: 'invalid argument', message: /connect with Playwright/ } } })
})

t.test('options that name files of this machine do not reach the launch', async t => {
  const headers = { 'x-playwright-launch-options': JSON.stringify({ executablePath: '/bin/false', env: { LD_PRELOAD: '/tmp/x' }, downloadsPath: '/etc' }) }
  const browser = await chromium.connect(`${ws(grid.hub)}/playwright`, { headers })
  t.ok(browser.isConnected())
  await browser.close()
})

t.test('SELENIUM_REMOTE_URL makes any Playwright launch here', async t => {
  const script = "import('playwright-core').then(async ({ default: { chromium } }) => { const browser = await chromium.launch(); const page = await browser.newPage(); await page.goto(process.argv[1]); console.log(await page.title()); await browser.close() })"
  const child = spawn(process.execPath, ['-e', script, site], { env: { ...process.env, SELENIUM_REMOTE_URL: grid.hub }, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { said += text })
  await once(child, 'close')
  t.equal(said.trim(), 'Shop')
})

t.test('another version is refused until it is added', async t => {
  const wanted = '1.58'
  const command = (...args: string[]): Promise<string> => tggrid(args, folder)
  await t.rejects(chromium.connect(`${ws(grid.hub)}/playwright`, { headers: { 'User-Agent': `Playwright/${wanted}.0 (x64; debian 12) node/20.0` } }),
    { message: /428 Precondition Required[^]*this grid has Playwright 1\.65; to add it: tggrid playwright add 1\.58/ })
  t.match(await command('add', wanted), /^Playwright 1\.58\.\d+ is there/)
  t.match(await command('add', wanted), /is there/, 'twice does no harm')
  t.match(await command('list'), /^1\.65\.\d+ +comes with tggrid\n1\.58\.\d+ +\/.*1\.58\/node_modules\/playwright-core$/m)
  const both = await startGrid(t, { 'pool.size': 2, 'pool.warm': 0, 'playwright.folder': folder })
  const older = createRequire(`${folder}/${wanted}/package.json`)('playwright-core') as typeof playwright
  for (const { chromium } of [older, playwright]) {
    const browser = await chromium.connect(`${ws(both.hub)}/playwright`)
    const page = await browser.newPage()
    await page.goto(site)
    t.equal(await page.title(), 'Shop')
    await browser.close()
  }
  t.match(await command('remove', wanted), '')
  t.notMatch(await command('list'), /1\.58/)
  await t.rejects(command('remove', wanted), { message: /Playwright 1\.58 is not there; there are 1\.65/ })
  await t.rejects(command('add', 'newest'), { message: /is no version of Playwright/ })
  await t.rejects(command('remove', '1.65'), { message: /comes with tggrid and cannot be removed/ })
})

/** Those that this test's grid has launched by Playwright, and not their helpers. */
function playwrightBrowsers (): number[] {
  return browsersAmong(descendantsOf(process.pid)).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('playwright_chromiumdev_profile'))
}

/** Runs `tggrid playwright …`; rejects with what it says on stderr. */
async function tggrid (args: readonly string[], folder: string): Promise<string> {
  const child = spawn(process.execPath, [main, 'playwright', ...args], { env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HOME: process.env['HOME'], TGGRID_PLAYWRIGHT_FOLDER: folder } })
  const said = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => { said.out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said.error += text })
  const [code] = await once(child, 'close') as [number]
  if (code !== 0) throw new Error(said.error)
  return said.out
}
