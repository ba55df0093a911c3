import t from 'tap'
import { candidatesOf } from '../../../src/protocol/candidates.js'
import { sessionOptions } from '../../../src/protocol/session-options.js'

t.test('a session may ask for its own times', async t => {
  t.strictSame(sessionOptions({ 'tggrid:options': { idleTimeout: 1.5, lifetime: 60 } }), { idleTimeout: 1500, lifetime: 60_000 })
  t.strictSame(sessionOptions({}), {})
})

t.test('Selenoid\'s users write durations as Go does', async t => {
  for (const [text, ms] of [['5m', 300_000], ['1h30m', 5_400_000], ['90s', 90_000], ['1.5s', 1500], ['250ms', 250]] as const) {
    t.strictSame(sessionOptions({ 'selenoid:options': { sessionTimeout: text } }), { idleTimeout: ms }, text)
  }
})

t.test('ours wins over Selenoid\'s', async t => {
  t.strictSame(sessionOptions({ 'tggrid:options': { idleTimeout: 1 }, 'selenoid:options': { sessionTimeout: '5m' } }), { idleTimeout: 1000 })
})

t.test('a time that is none is an invalid argument that says what is allowed', async t => {
  for (const value of [0, -1, '5', true, {}, Infinity]) t.throws(() => sessionOptions({ 'tggrid:options': { idleTimeout: value } }), { code: 'invalid argument', message: /seconds above 0/ })
  for (const value of ['', '5', 'five', '5 m', '-5m', '0s', 5]) t.throws(() => sessionOptions({ 'selenoid:options': { sessionTimeout: value } }), { code: 'invalid argument', message: /such as "5m"/ })
  for (const options of [1, 'x', [], true]) t.throws(() => sessionOptions({ 'tggrid:options': options }), { code: 'invalid argument' })
})

t.test('clients from before the standard are understood', async t => {
  const desiredCapabilities = { browserName: 'chrome', version: '', platform: 'ANY', javascriptEnabled: true, chromeOptions: { args: ['x'] }, enableVNC: true, sessionTimeout: '1m', acceptSslCerts: true }
  const [candidate] = candidatesOf({ desiredCapabilities })
  t.strictSame(candidate, {
    'selenoid:options': { enableVNC: true, sessionTimeout: '1m' }, browserName: 'chrome', browserVersion: '', platformName: 'ANY', 'goog:chromeOptions': { args: ['x'] }, acceptInsecureCerts: true
  })
})

t.test('a client that speaks both dialects means the standard\'s', async t => {
  t.strictSame(candidatesOf({ desiredCapabilities: { browserName: 'firefox' }, capabilities: { alwaysMatch: { browserName: 'chrome' } } }), [{ browserName: 'chrome' }])
})
