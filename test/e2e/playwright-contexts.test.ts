/** Clients of Playwright whose sessions share a browser (`isolation: context`): each has its own contexts and pages, and nothing of the others'. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import playwright, { type Browser } from 'playwright-core'
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { browsersAmong, descendantsOf } from '../support/processes.js'
import { startSite } from '../support/site.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

const { chromium } = playwright
const grid = await startGrid(t, { isolation: 'context', 'pool.size': 4, 'pool.warm': 1, 'playwright.warm': 2 })
const site = await startSite(t)
const connect = (query = ''): Promise<Browser> => chromium.connect(`${ws(grid.hub)}/playwright${query}`)
const free = (): Promise<unknown> => until('every slot is free', async () => await leasedOf(grid.hub) === 0)

t.afterEach(free)

/** The arguments of each browser that Playwright has launched. */
function launched (): string[][] {
  const all = browsersAmong(descendantsOf(process.pid)).map(pid => readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0'))
  return all.filter(args => args.some(arg => arg.includes('playwright_chromiumdev_profile')))
}

/** What a browser itself says of its pages, by its own DevTools. */
async function pagesOf (args: readonly string[]): Promise<{ url: string }[]> {
  const profile = args.find(arg => arg.startsWith('--user-data-dir='))?.split('=', 2)[1] ?? ''
  const file = join(profile, 'DevToolsActivePort')
  if (!existsSync(file)) throw new Error(`${file} is not there`)
  const [port = ''] = readFileSync(file, 'latin1').split('\n')
  return (await call<{ url: string }[]>(`GET http://127.0.0.1:${port}/json/list`)).body
}

t.test('they share a browser, in which each has what it made, and what it leaves goes with it', async t => {
  const [a, b] = await Promise.all([connect(), connect()])
  const [browser, ...others] = launched()
  t.strictSame(others, [])
  const page = await a.newPage()
  await page.goto(site)
  await page.context().addCookies([{ name: 'mine', value: '1', url: site }])
  await page.evaluate('localStorage.mine = 1')
  t.strictSame(b.contexts(), [])
  const other = await b.newPage()
  await other.goto(site)
  t.strictSame(await other.context().cookies(), [])
  t.equal(await other.evaluate('localStorage.mine'), undefined)
  t.equal((await pagesOf(browser ?? [])).filter(({ url }) => url.startsWith(site)).length, 2, 'both are in it')
  await a.close()
  await until('its page has gone', async () => (await pagesOf(browser ?? [])).filter(({ url }) => url.startsWith(site)).length === 1)
  t.equal(await other.title(), 'Shop', 'the other one goes on')
  await b.close()
  await until('that one has gone too', async () => (await pagesOf(browser ?? [])).every(({ url }) => !url.startsWith(site)))
  t.strictSame(launched(), [browser], 'and the browser stays')
})

t.test('pages that scripts open begin when their own session is ready for them, beside other sessions too', async t => {
  const browsers = await Promise.all([connect(), connect(), connect()])
  await Promise.all(browsers.map(async (browser, i) => {
    const context = await browser.newContext()
    await context.addInitScript(`window.early = ${i}`)
    await context.route('**/other', route => route.fulfill({ body: `<title>${i}</title>`, contentType: 'text/html' }))
    const alerts: string[] = []
    context.on('dialog', dialog => { alerts.push(dialog.message()); void dialog.accept() })
    const page = await context.newPage()
    await page.goto(site)
    for (const features of ['', 'noopener', '', 'noopener', '', 'noopener']) {
      const [opened] = await Promise.all([page.waitForEvent('popup'), page.evaluate(`open('/other', '_blank', '${features}')?.name`)])
      await opened.waitForLoadState()
      t.strictSame([await opened.title(), await opened.evaluate('early')], [String(i), i], `${i} ${features}`)
    }
    await Promise.all([page.waitForEvent('popup'), page.evaluate('open("").alert("hello")')])
    t.strictSame(alerts, ['hello'])
    await browser.close()
  }))
})

t.test('and while others come and go', async t => {
  const browser = await connect()
  const page = await browser.newPage()
  await page.goto(site)
  const others = [1, 2].map(async () => {
    for (let i = 0; i < 15; i++) {
      const other = await connect()
      await other.newPage()
      await other.close()
    }
  })
  for (let i = 0; i < 20; i++) {
    const [opened] = await Promise.all([page.waitForEvent('popup'), page.evaluate('open("/other", "_blank", "noopener")')])
    await opened.waitForLoadState()
    t.equal(await opened.title(), 'Other')
    await opened.close()
  }
  await Promise.all(others)
  await browser.close()
})

t.test('DevTools of the browser, as Playwright gives them, show and do what is one\'s own', async t => {
  const [a, b] = await Promise.all([connect(), connect()])
  const page = await a.newPage()
  await page.goto(`${site}/other?secret`)
  const tools = await b.newBrowserCDPSession()
  const own = await b.newPage()
  t.notMatch(JSON.stringify(await tools.send('Target.getTargets')), 'secret')
  const { targetInfo: { targetId } } = await (await page.context().newCDPSession(page)).send('Target.getTargetInfo')
  await t.rejects(tools.send('Target.attachToTarget', { targetId, flatten: true }), /No target with given id found/)
  await t.rejects(tools.send('Target.closeTarget', { targetId }), /No target with given id found/)
  for (const method of ['SystemInfo.getInfo', 'Browser.crash'] as const) await t.rejects(tools.send(method), /acts on the whole browser/)
  await t.rejects(b.startTracing(own), /this session shares its browser/)
  await t.rejects((await own.context().newCDPSession(own)).send('Target.attachToTarget', { targetId, flatten: true }), /No target|Not allowed/)
  await tools.send('Browser.close').catch(() => {})
  await until('its session has ended', () => !b.isConnected())
  t.equal(await page.title(), 'Other', 'the other one goes on')
  await a.close()
})

t.test('a session may ask for it, and for the opposite; what cannot be a context gets a browser of its own', async t => {
  const isolationOf = async (query: string): Promise<unknown> => {
    const browser = await connect(query)
    const { body: { sessions } } = await call<{ sessions: { isolation: string }[] }>(`GET ${grid.hub}/api/sessions`)
    await browser.close()
    await free()
    return sessions[0]?.isolation
  }
  t.equal(await isolationOf(''), 'context')
  t.equal(await isolationOf('?isolation=process'), 'process')
  t.equal(await isolationOf(`?launch-options=${encodeURIComponent('{"args":["--load-extension=/x"]}')}`), 'process')
  t.match(grid.log.filter(({ msg }) => msg === 'session started').at(-1), { isolationReason: /--load-extension is for a browser of its own/ })
})

t.test('who joins by DevTools has a default context, with pages and cookies of its own', async t => {
  const browser = await connect()
  const { body: { sessions } } = await call<{ sessions: { devtoolsUrl: string }[] }>(`GET ${grid.hub}/api/sessions`)
  const joined = await chromium.connectOverCDP(sessions[0]?.devtoolsUrl ?? '')
  const [context] = joined.contexts()
  const page = await context?.newPage()
  await page?.goto(site)
  await context?.addCookies([{ name: 'mine', value: '1', url: site }])
  t.equal(await page?.title(), 'Shop')
  const own = await browser.newPage()
  await own.goto(site)
  t.strictSame(await own.context().cookies(), [])
  await joined.close()
  await browser.close()
  await free()
  for (const args of launched()) await until('nothing of it is left', async () => (await pagesOf(args)).every(({ url }) => !url.startsWith(site)))
})

t.test('downloads, uploads, traces and PDFs are each client\'s own', async t => {
  const folder = t.testdir()
  const clients = await Promise.all([connect(), connect()])
  await Promise.all(clients.map(async (browser, index) => {
    const context = await browser.newContext()
    await context.tracing.start({ screenshots: true, snapshots: true })
    const page = await context.newPage()
    await page.goto(`data:text/html,<a id=get download=own.txt href="data:text/plain,of ${index}">get</a><input type=file>`)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#get')])
    t.equal(await text(await download.createReadStream()), `of ${index}`)
    await page.setInputFiles('input', { name: 'own.txt', mimeType: 'text/plain', buffer: Buffer.from(`from ${index}`) })
    t.equal(await page.evaluate('document.querySelector("input").files[0].text()'), `from ${index}`)
    t.equal((await page.pdf()).toString('latin1', 0, 4), '%PDF')
    const trace = join(folder, `${index}.zip`)
    await context.tracing.stop({ path: trace })
    t.ok(statSync(trace).size > 1000)
    await browser.close()
  }))
})

t.test('launch options are of the browser, and shared by those who have the same ones', async t => {
  const german = `?launch-options=${encodeURIComponent('{"args":["--user-agent=Tester"]}')}`
  const [a, b, c] = await Promise.all([connect(german), connect(german), connect()])
  const agents = await Promise.all([a, b, c].map(async browser => await (await browser.newPage()).evaluate('navigator.userAgent')))
  t.strictSame(agents.slice(0, 2), ['Tester', 'Tester'])
  t.match(agents[2], /HeadlessChrome/)
  t.equal(launched().length, 2)
  const sly = await connect(`?launch-options=${encodeURIComponent('{"args":["--tggrid-view=x"]}')}`)
  t.equal(launched().length, 3, 'one for all that have this argument, and none of its own')
  await sly.close()
  await Promise.all([a, b, c].map(browser => browser.close()))
})

t.test('a WebDriver session beside them has another browser', async t => {
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: `${site}/other?webdriver` })
  const browser = await connect()
  t.notMatch(JSON.stringify(await (await browser.newBrowserCDPSession()).send('Target.getTargets')), 'webdriver')
  await browser.close()
  await session.quit()
})
