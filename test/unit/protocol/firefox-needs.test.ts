import t from 'tap'
import { mergeNeeds } from '../../../src/protocol/browser-needs.js'
import { forbiddenCases } from '../../support/firefox-forbidden.js'

const local = { binary: '/usr/bin/firefox-esr', headless: true, noSandbox: true, disableFeatures: ['A'], args: ['--x'] }
const { binary: _, ...container } = local
const options = (own: object, needs: object = {}): unknown => mergeNeeds({ browserName: 'firefox', 'moz:firefoxOptions': own }, { ...local, ...needs })['moz:firefoxOptions']

t.test('Firefox gets its binary, and no window where there is no display; nothing of Chromium\'s', async t => {
  t.strictSame(mergeNeeds({ browserName: 'firefox' }, local), { browserName: 'firefox', 'moz:firefoxOptions': { binary: '/usr/bin/firefox-esr', args: ['-headless'] } })
  t.strictSame(mergeNeeds({ browserName: 'firefox' }, { ...container, headless: false }), { browserName: 'firefox' })
  t.strictSame(options({ args: ['-width', '900'], prefs: { a: 1 }, log: { level: 'trace' } }, { headless: false }), { args: ['-width', '900'], prefs: { a: 1 }, log: { level: 'trace' }, binary: '/usr/bin/firefox-esr' })
})

t.test('what the client says is not said again, with one dash or two', async t => {
  for (const arg of ['-headless', '--headless']) t.strictSame(options({ args: [arg] }), { args: [arg], binary: '/usr/bin/firefox-esr' })
})

t.test('options of the wrong shape stay as they are, for the driver to refuse', async t => {
  for (const wrong of [7, [], { args: 'none' }, { args: [1] }]) t.strictSame(options(wrong as object), wrong)
})

t.test('on the grid\'s own machine nothing can be asked for that starts programs or names files of it', async t => {
  for (const [what, own] of forbiddenCases) t.throws(() => options(own), { code: 'invalid argument', message: /cannot be asked for/ }, what)
  t.ok(options({ binary: '/usr/bin/firefox-esr', env: {}, args: ['-private'], prefs: { 'remote.active-protocols': 3, 'browser.startup.homepage': 'about:blank' } }))
})

t.test('in a container all of it can, but for a phone', async t => {
  for (const [what, own] of forbiddenCases) {
    const attempt = (): unknown => mergeNeeds({ browserName: 'firefox', 'moz:firefoxOptions': own }, container)
    if (what.startsWith('android')) t.throws(attempt, { message: /names a browser that is not this session's/ }, what)
    else t.ok(attempt(), what)
  }
})
