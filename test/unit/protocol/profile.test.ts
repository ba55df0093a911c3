import t from 'tap'
import { profileOf } from '../../../src/protocol/profile.js'

const offer = { browserName: 'chrome', browserVersion: '156.0.8078.79', platformName: 'linux' }
const key = (candidate: object): string => profileOf(candidate as Record<string, unknown>, offer).key

t.test('what the clients\' defaults say is what nothing says', async t => {
  const plain = key({})
  const clients = {
    'Selenium for Python': { browserName: 'chrome', pageLoadStrategy: 'normal', browserVersion: null, 'goog:chromeOptions': { extensions: [], args: [] } },
    'Selenium for JavaScript': { browserName: 'chrome', 'goog:chromeOptions': {} },
    'Selenium for Java': { browserName: 'chrome', 'goog:chromeOptions': { args: [], extensions: [] }, 'se:recordVideo': false },
    'everything said': {
      acceptInsecureCerts: false, strictFileInteractability: false, unhandledPromptBehavior: 'dismiss and notify', proxy: {}, timeouts: { implicit: 0, pageLoad: 300000, script: 30000 }
    },
    'for the grid only': { 'se:name': 'x', 'selenoid:options': { enableVNC: true }, 'tggrid:options': { idleTimeout: 5 }, platformName: 'linux', browserVersion: '156' }
  }
  for (const [name, candidate] of Object.entries(clients)) t.equal(key(candidate), plain, name)
})

t.test('what shapes a session makes another profile', async t => {
  const shaping = [
    { acceptInsecureCerts: true }, { pageLoadStrategy: 'eager' }, { timeouts: { implicit: 1 } }, { webSocketUrl: true }, { unhandledPromptBehavior: 'ignore' }, { proxy: { proxyType: 'direct' } },
    { 'goog:chromeOptions': { args: ['--lang=de'] } }, { 'goog:chromeOptions': { args: ['--lang=fr'] } }, { 'goog:chromeOptions': { prefs: { a: 1 } } },
    { 'goog:chromeOptions': { mobileEmulation: { deviceName: 'Pixel 7' } } }, { 'goog:loggingPrefs': { browser: 'ALL' } }
  ]
  t.equal(new Set([{}, ...shaping].map(key)).size, shaping.length + 1)
})

t.test('the order of keys does not matter, that of arguments does', async t => {
  t.equal(key({ timeouts: { implicit: 1, script: 2 }, pageLoadStrategy: 'none' }), key({ pageLoadStrategy: 'none', timeouts: { script: 2, implicit: 1 } }))
  t.not(key({ 'goog:chromeOptions': { args: ['a', 'b'] } }), key({ 'goog:chromeOptions': { args: ['b', 'a'] } }))
})

t.test('an extension is known by its hash, whole', async t => {
  const extension = (last: string): object => ({ 'goog:chromeOptions': { extensions: ['A'.repeat(100_000) + last] } })
  t.ok(key(extension('B')).length < 300)
  t.not(key(extension('B')), key(extension('C')))
})

t.test('the driver is asked for the browser that was chosen, without what is for the grid', async t => {
  const { capabilities } = profileOf({ browserName: 'chromium', browserVersion: 'latest', platformName: 'ANY', 'se:name': 'x', 'wdio:something': true, 'goog:chromeOptions': { args: ['x'] } }, offer)
  t.strictSame(capabilities, { browserName: 'chrome', 'goog:chromeOptions': { args: ['x'] } })
})

t.test('another version is another profile', async t => {
  t.not(profileOf({}, offer).key, profileOf({}, { ...offer, browserVersion: '157.0.1.2' }).key)
})
