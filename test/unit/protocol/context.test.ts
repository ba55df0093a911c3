/** Which wishes shape a browser, which a context, and which no context can have. */
import t from 'tap'
import { browserKey, contextParts, isHeadless, noContext } from '../../../src/protocol/context.js'
import { wished } from '../../../src/protocol/wished.js'

const chrome = (options: object, further: object = {}): Record<string, unknown> => ({ browserName: 'chrome', 'goog:chromeOptions': options, ...further })

const byPlaywright = (options: object, version = '1.65'): Record<string, unknown> => ({ browserName: 'chrome', 'tggrid:playwright': { version, options } })

t.test('sessions share a browser when what it is launched with is the same', async t => {
  const same = [
    [{ browserName: 'chrome' }, chrome({})],
    [byPlaywright({ args: ['--lang=de'] }), byPlaywright({ args: ['--lang=de'] })],
    [chrome({ args: ['--lang=de'] }), chrome({ args: ['--lang=de', '--window-size=800,600'] })],
    [chrome({}), chrome({}, { timeouts: { script: 1 }, pageLoadStrategy: 'none', unhandledPromptBehavior: 'accept', webSocketUrl: true, acceptInsecureCerts: false, proxy: { proxyType: 'direct' } })]
  ]
  for (const [a, b] of same) t.equal(browserKey(a ?? {}), browserKey(b ?? {}))
  const others = [chrome({}), chrome({ args: ['--lang=de'] }), chrome({ args: ['--lang=fr'] }), chrome({ prefs: { a: 1 } }), chrome({}, { acceptInsecureCerts: true }), chrome({ binary: '/x' }), chrome({ excludeSwitches: ['enable-automation'] }), byPlaywright({}), byPlaywright({ args: ['--lang=de'] }), byPlaywright({}, '1.58')]
  t.equal(new Set(others.map(browserKey)).size, others.length)
})

t.test('each wish goes to whoever can fulfil it', async t => {
  t.strictSame(contextParts(chrome({ args: ['--lang=de', '--window-size=800,600', 'window-size=900,700'], perfLoggingPrefs: { enableNetwork: true }, prefs: { a: 1 } }, { acceptInsecureCerts: true, timeouts: { script: 1 } })), {
    browser: { browserName: 'chrome', acceptInsecureCerts: true, 'goog:chromeOptions': { prefs: { a: 1 }, args: ['--lang=de'] } },
    session: { browserName: 'chrome', acceptInsecureCerts: true, timeouts: { script: 1 }, 'goog:chromeOptions': { perfLoggingPrefs: { enableNetwork: true } } },
    proxy: {},
    size: { width: 900, height: 700 }
  })
})

t.test('a proxy is the context\'s own', async t => {
  const proxyOf = (proxy: object): object => contextParts(chrome({}, { proxy })).proxy
  t.strictSame(proxyOf({ proxyType: 'manual', httpProxy: 'a:1', sslProxy: 'b:2', socksProxy: 'c:3', socksVersion: 4, noProxy: ['x', 'y'] }), { proxyServer: 'http=a:1;https=b:2;socks=socks4://c:3', proxyBypassList: 'x,y' })
  t.strictSame(proxyOf({ proxyType: 'direct' }), { proxyServer: 'direct://' })
  t.strictSame(proxyOf({ proxyType: 'system' }), {})
})

t.test('what cannot be a context gets a browser of its own, and is told why', async t => {
  const cannot = [
    chrome({ extensions: ['x'] }), chrome({ args: ['--load-extension=/x'] }), chrome({ args: ['user-data-dir=/x'] }), chrome({ prefs: { 'intl.accept_languages': 'de' } }),
    chrome({ prefs: { intl: { accept_languages: 'de' } } }), chrome({ perfLoggingPrefs: { traceCategories: 'x' } }), chrome({ w3c: false }), chrome({}, { proxy: { proxyType: 'pac', proxyAutoconfigUrl: 'http://x' } }), { browserName: 'firefox' }, byPlaywright({ headless: false }), byPlaywright({ args: ['--load-extension=/x'] }),
    chrome('nonsense' as unknown as object), chrome({ args: 'none' }), chrome({ args: [1] }), chrome({ prefs: null }), chrome({ extensions: 'x' }), chrome(null as unknown as object)
  ]
  for (const capabilities of cannot) t.type(noContext(capabilities), 'string', JSON.stringify(capabilities))
  t.type(noContext({ browserName: 'chrome' }, true), 'string', 'on a display')
  for (const capabilities of [{ browserName: 'chrome' }, chrome({ args: ['--lang=de'], prefs: { a: 1 }, extensions: [] }), chrome({ mobileEmulation: { deviceName: 'x' } }), byPlaywright({ args: ['--lang=de'] })]) t.equal(noContext(capabilities), undefined, JSON.stringify(capabilities))
  const offer = { browserName: 'chrome', browserVersion: '1', platformName: 'linux', isolations: ['context', 'process'] as const }
  t.match(wished(offer, { 'goog:chromeOptions': { extensions: ['x'] } }, ''), { isolation: 'process', isolationReason: /extensions/, offer: { context: undefined } })
  t.strictSame(wished(offer, {}, 'ann'), { isolation: 'context', offer: { ...offer, context: { user: 'ann' } } })
  t.strictSame(wished(offer, { 'tggrid:options': { isolation: 'process' } }, 'ann'), { isolation: 'process', offer })
  t.throws(() => wished(offer, { 'tggrid:options': { isolation: 'tab' } }, 'ann'), { code: 'invalid argument', message: /one of container, process, context/ })
})

t.test('a browser without windows is known by its switch, or its name', async t => {
  t.strictSame([chrome({ args: ['--headless=new'] }), chrome({ args: ['headless'] }), { browserName: 'chrome-headless-shell' }].map(isHeadless), [true, true, true])
  t.strictSame([chrome({}), chrome({ args: ['--headless-mode'] })].map(isHeadless), [false, false])
})
