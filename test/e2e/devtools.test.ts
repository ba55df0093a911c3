/** DevTools by sockets that name no session, as Puppeteer, connectOverCDP and others open them; with real Chromium. */
import { createHash } from 'node:crypto'
import playwright from 'playwright-core'
import puppeteer from 'puppeteer-core'
import t from 'tap'
import type { WebSocket } from 'ws'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { openClient } from '../support/raw.js'
import { startSite } from '../support/site.js'
import { ask, closedBy, openSocket, refusedSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

const { chromium } = playwright
const grid = await startGrid(t, { 'pool.size': 4, 'pool.warm': 2 })
const site = await startSite(t)
const free = (): Promise<unknown> => until('every slot is free', async () => await leasedOf(grid.hub) === 0)

t.afterEach(free)

t.test('Puppeteer by a WebSocket address: a hit, which ends with its socket', async t => {
  await grid.warm()
  const { poolHits } = await metricsOf(grid.hub)
  const browser = await puppeteer.connect({ browserWSEndpoint: ws(grid.hub) })
  const page = await browser.newPage()
  await page.goto(site)
  t.equal(await page.title(), 'Shop')
  t.equal(await page.$eval('#buy', button => button.textContent), 'Buy')
  t.equal(await page.evaluate('open("/other") !== null'), true, 'a script that opens a window is answered')
  t.equal((await metricsOf(grid.hub)).poolHits, poolHits + 1)
  await browser.disconnect()
})

t.test('Puppeteer by an HTTP address', async t => {
  const browser = await puppeteer.connect({ browserURL: `${grid.hub}/some/path?token=lost` })
  t.match(await browser.version(), /Chrome\/\d+/)
  await browser.close()
})

for (const path of ['', '/cdp', '/chromium', '/chrome', '/wd/hub']) {
  t.test(`connectOverCDP by HTTP and by WebSocket at ${path === '' ? 'the plain address' : path}`, async t => {
    for (const address of [`${grid.hub}${path}`, `${grid.hub}${path}/?x=1`, `${ws(grid.hub)}${path}`]) {
      const browser = await chromium.connectOverCDP(address)
      t.ok(browser.isConnected(), address)
      await browser.close()
    }
  })
}

t.test('a client whose Sec-WebSocket-Key is none is answered as Chrome does (go-rod)', async t => {
  const accept = createHash('sha1').update('nil258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  const client = openClient(t, Number(new URL(grid.hub).port))
  client.send('GET /cdp HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: nil\r\n\r\n')
  t.match(await client.has('\r\n\r\n'), /^HTTP\/1\.1 101 /)
  t.ok(client.received.includes(`Sec-WebSocket-Accept: ${accept}\r\n`))
  client.socket.destroy()
})

t.test('launch arguments by query reach the browser, whichever way they are written', async t => {
  const launch = JSON.stringify({ args: ['--user-agent=Tester'], headless: true, slowMo: 10, defaultViewport: null })
  const queries = [`launch=${encodeURIComponent(launch)}`, `launch=${Buffer.from(launch).toString('base64url')}`, '--user-agent=Tester&headless=true&timeout=60000']
  for (const query of queries) {
    const browser = await puppeteer.connect({ browserWSEndpoint: `${ws(grid.hub)}/chromium?${query}` })
    t.equal(await browser.userAgent(), 'Tester', query)
    await browser.close()
  }
  const viaHttp = await chromium.connectOverCDP(`${grid.hub}/?${queries[2]}`)
  t.equal(await viaHttp.contexts()[0]?.pages()[0]?.evaluate('navigator.userAgent'), 'Tester', 'the query is kept on the way from HTTP to the socket')
  await viaHttp.close()
})

t.test('/json/version is what the browser says, with an address that leads through us', async t => {
  for (const path of ['/json/version', '/json/version/', '/cdp/json/version', '/chromium/json/version/']) {
    const { body } = await call<Record<string, string>>(`GET ${grid.hub}${path}?token=a%20b`, { headers: { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'grid.example.com', 'X-Forwarded-Prefix': '/browsers' } })
    t.match(body, { Browser: /^Chrome\/\d+\.\d+\.\d+\.\d+$/, 'Protocol-Version': '1.3', 'V8-Version': /^\d/, 'User-Agent': /HeadlessChrome/ }, path)
    t.match(body['webSocketDebuggerUrl'], /^wss:\/\/grid\.example\.com\/browsers\/devtools\/browser\/[\da-f-]{36}\?token=a%20b$/)
  }
  t.equal(await leasedOf(grid.hub), 0, 'asking costs no browser')
})

t.test('/json/list promises a page: whoever connects to it has a browser', async t => {
  const { body: [listed] } = await call<Record<string, string>[]>(`GET ${grid.hub}/json/list`)
  t.match(listed, { type: 'page', url: 'about:blank' })
  const socket = await openSocket(listed?.['webSocketDebuggerUrl'] ?? '')
  t.match(await ask(socket, { id: 1, method: 'Runtime.evaluate', params: { expression: '6 * 7' } }), { result: { result: { value: 42 } } })
  socket.close(1000)
  await closedBy(socket)
})

t.test('/json/new promises a page at an address', async () => {
  for (const method of ['PUT', 'GET']) {
    const { body } = await call<Record<string, string>>(`${method} ${grid.hub}/json/new?${site}/other`)
    const socket = await openSocket(body['webSocketDebuggerUrl'] ?? '')
    await until('the page is there', async () => {
      const { result } = await ask<{ result: { result: { value: string } } }>(socket, { id: 1, method: 'Runtime.evaluate', params: { expression: 'document.title' } })
      return result.result.value === 'Other'
    })
    socket.terminate()
    await free()
  }
})

t.test('/json/protocol describes the protocol', async t => {
  const { body } = await call<{ domains: { domain: string }[] }>(`GET ${grid.hub}/json/protocol`)
  t.ok(body.domains.some(({ domain }) => domain === 'Page'))
})

t.test('a session\'s own DevTools: its pages, with addresses that work; new ones; its front end', async t => {
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: site })
  const own = `${grid.hub}/session/${session.id}/se/cdp`
  const { body: targets } = await call<Record<string, string>[]>(`GET ${own}/json/list`)
  const page = targets.find(({ url }) => url === `${site}/`)
  t.match(page?.['webSocketDebuggerUrl'], new RegExp(`^${ws(own)}/devtools/page/[\\dA-F]{32}$`))
  t.match(page?.['devtoolsFrontendUrl'], `?ws=${own.slice('http://'.length)}/devtools/page/`)
  const title = async (url: string): Promise<unknown> => {
    const socket = await openSocket(url)
    const { result } = await ask<{ result: { result: { value: string } } }>(socket, { id: 1, method: 'Runtime.evaluate', params: { expression: 'document.title' } })
    socket.terminate()
    return result.result.value
  }
  const selenoid = `${ws(grid.hub)}/devtools/${session.id}`
  for (const url of [page?.['webSocketDebuggerUrl'] ?? '', `${selenoid}/page/${page?.['id']}`, `${ws(grid.hub)}/devtools/page/${page?.['id']}`]) t.equal(await title(url), 'Shop', url)
  const { body: made } = await call<Record<string, string>>(`PUT ${own}/json/new?${site}/other`)
  t.equal(made['type'], 'page')
  t.equal((await session.do<string[]>('GET /window/handles')).length, 2)
  const version = await call<Record<string, string>>(`GET ${own}/json/version`)
  t.match(version.body['webSocketDebuggerUrl'], new RegExp(`^${ws(own)}/devtools/browser/`))
  for (const url of [version.body['webSocketDebuggerUrl'] ?? '', `${selenoid}/`, `${selenoid}/browser`, `${ws(grid.hub)}/devtools/browser/${version.body['webSocketDebuggerUrl']?.split('/').at(-1)}`]) {
    const socket = await openSocket(url)
    const { result } = await ask<{ result: { targetInfos: { url: string }[] } }>(socket, { id: 1, method: 'Target.getTargets' })
    t.ok(result.targetInfos.some(target => target.url === `${site}/`), url)
    socket.terminate()
  }
  t.equal(await leasedOf(grid.hub), 1, 'all of it was one session')
  t.match(await call(`GET ${own}/devtools/inspector.html`), { status: 200, headers: { 'content-type': 'text/html' }, body: /<script/ })
  await session.quit()
  t.match(await call(`GET ${own}/json/list`), { status: 404, body: { value: { message: /its client deleted it/ } } })
})

t.test('who opens the address of /json/version has the browser that others have there; the last one ends it', async t => {
  const address = async (): Promise<string> => (await call<Record<string, string>>(`GET ${grid.hub}/json/version`)).body['webSocketDebuggerUrl'] ?? ''
  const url = await address()
  const [first, second] = await Promise.all([openSocket(url), openSocket(url)])
  const { result: { targetId } } = await ask<{ result: { targetId: string } }>(first, { id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } })
  const seen = async (socket: WebSocket): Promise<boolean> => (await ask<{ result: { targetInfos: { targetId: string }[] } }>(socket, { id: 2, method: 'Target.getTargets' })).result.targetInfos.some(target => target.targetId === targetId)
  t.ok(await seen(second))
  t.equal(await leasedOf(grid.hub), 1)
  first.terminate()
  const third = await openSocket(url)
  t.ok(await seen(third), 'one that comes later, too')
  second.terminate()
  t.ok(await seen(third))
  const stranger = await openSocket(await address())
  t.notOk(await seen(stranger), 'another address is another browser')
  third.terminate()
  stranger.terminate()
  await free()
  const late = await openSocket(url)
  t.notOk(await seen(late), 'that browser has gone')
  late.terminate()
})

t.test('a page that none of the sessions has is refused', async t => {
  t.match(await refusedSocket(`${ws(grid.hub)}/devtools/page/${'A'.repeat(32)}`), { status: 404, body: /none of your sessions has a page/ })
})
