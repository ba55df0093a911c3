import t from 'tap'
import { socketWish, type SocketRequest } from '../../../src/protocol/socket-wish.js'

function wishOf (target: string, headers: Readonly<Record<string, string>> = {}): ReturnType<typeof socketWish> {
  const request: SocketRequest = { target, header: name => headers[name] }
  return socketWish(request)
}

const agent = { 'user-agent': 'Playwright/1.58.2 (x64; debian 12) node/20.20' }

t.test('DevTools are where Chrome, browserless and grids have them', async t => {
  for (const path of ['/', '', '/cdp', '/cdp/', '/chromium', '/chrome', '/wd/hub', '/devtools/browser', '/cdp/devtools/browser/']) t.match(wishOf(path), { door: 'cdp', browser: '' }, path)
  for (const path of ['/devtools/browser/a-b', '/chromium/devtools/browser/a-b']) t.match(wishOf(path), { door: 'cdp', browser: 'a-b' }, path)
  t.match(wishOf('/devtools/page/new-1?url=http%3A%2F%2Fa%2F'), { door: 'page', page: 'new-1', url: 'http://a/' })
})

t.test('Playwright is where browserless, Moon and its own server have it', async t => {
  for (const path of ['/playwright', '/playwright/', '/playwright/chromium', '/chromium/playwright', '/playwright/playwright', '/chrome/playwright']) t.match(wishOf(path, agent), { door: 'playwright', browser: 'chrome', version: '1.58', options: {} }, path)
  t.match(wishOf('/playwright/firefox/1.40'), { browser: 'firefox', version: '1.40' })
  t.match(wishOf('/playwright/firefox/playwright-1.40.2', agent), { browser: 'firefox', version: '1.58' }, 'the client knows best')
  t.match(wishOf('/playwright', { 'x-playwright-browser': 'webkit' }), { browser: 'webkit', version: undefined })
  t.match(wishOf('/', { ...agent, 'x-playwright-browser': 'chromium' }), { door: 'playwright' })
  t.match(wishOf('/', agent), { door: 'cdp' }, 'connectOverCDP has its User-Agent too')
})

t.test('BiDi is at the path of its specification', async t => {
  for (const path of ['/session', '/session/', '/wd/hub/session']) t.strictSame(wishOf(path), { door: 'bidi' }, path)
})

t.test('elsewhere there is nothing', async t => {
  for (const path of ['/x', '/cdp/x', '/sessions', '/session/x', '/devtools', '/devtools/page', '/devtools/browser/a/b', '/playwright/netscape', '/playwright/chromium/1.2/x', '/netscape/playwright', '/graphql', '/api/sessions']) t.equal(wishOf(path), undefined, path)
})

t.test('launch arguments are a WebDriver session\'s capabilities', async t => {
  const launch = { args: ['--a', '--b=c'], headless: 'new', ignoreHTTPSErrors: true, ignoreDefaultArgs: ['--mute-audio', '--x=y'], slowMo: 1, stealth: true }
  const wanted = { browserName: 'chrome', acceptInsecureCerts: true, 'goog:chromeOptions': { args: ['--a', '--b=c', '--headless=new'], excludeSwitches: ['mute-audio', 'x'] } }
  for (const text of [encodeURIComponent(JSON.stringify(launch)), Buffer.from(JSON.stringify(launch)).toString('base64url')]) t.strictSame(wishOf(`/?launch=${text}`), { door: 'cdp', browser: '', wish: wanted })
  t.match(wishOf('/?--lang=de&--kiosk&headless=false&timeout=90000&version=131'), { wish: { browserVersion: '131', 'goog:chromeOptions': { args: ['--lang=de', '--kiosk'] }, 'tggrid:options': { lifetime: 90 } } })
  t.strictSame(wishOf('/?token=x&stealth'), { door: 'cdp', browser: '', wish: { browserName: 'chrome' } })
  for (const wrong of ['launch={', 'launch=%7B%22args%22:%22x%22%7D', 'launch=%7B%22args%22:[1]%7D', 'launch=%7B%22args%22:[%22http://x%22]%7D', 'launch=%5B%5D', 'launch=null', 'timeout=soon']) t.throws(() => wishOf(`/?${wrong}`), { code: 'invalid argument' }, wrong)
})

t.test('Playwright\'s launch options that change nothing are no wishes, and those that name files are not ours to follow', async t => {
  const options = { headless: true, slowMo: 0, args: [], proxy: undefined, timeout: 1, executablePath: '/bin/sh', env: { A: 'b' }, downloadsPath: '/', tracesDir: '/' }
  t.match(wishOf('/playwright', { 'x-playwright-launch-options': JSON.stringify(options) }), { options: {} })
  t.strictSame((wishOf('/playwright', { 'x-playwright-launch-options': JSON.stringify(options) }) as { options: object }).options, {})
  const two = ['{"slowMo":5,"args":["--x"]}', '{"args":["--x"],"slowMo":5}'].map(text => JSON.stringify(wishOf('/playwright', { 'x-playwright-launch-options': text })))
  t.equal(two[0], two[1], 'their order does not matter')
  for (const wrong of ['[]', '"x"', '{"args":[1]}', '{"headless":"no"}', '{"proxy":{}}', '{"slowMo":-1}']) t.throws(() => wishOf('/playwright', { 'x-playwright-launch-options': wrong }), { code: 'invalid argument' }, wrong)
  t.throws(() => wishOf('/playwright', { 'x-playwright-proxy': '<loopback>' }), { code: 'unsupported operation' })
  t.doesNotThrow(() => wishOf('/playwright', { 'x-playwright-proxy': '' }))
})
