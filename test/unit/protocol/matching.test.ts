import t from 'tap'
import { noMatch, pick } from '../../../src/protocol/matching.js'

const offer = (browserVersion: string, browserName = 'chrome') => ({ browserName, browserVersion, platformName: 'linux' })
const offers = [offer('131.0.6778.85'), offer('156.0.8078.79'), offer('140.0', 'firefox')]
const version = (candidate: object): string | undefined => pick([candidate as Record<string, unknown>], offers)?.offer.browserVersion

t.test('without wishes the first browser is given, in its newest version', async t => {
  t.equal(version({ browserName: 'chrome' }), '156.0.8078.79')
  t.match(pick([{}], [...offers, offer('160.0', 'firefox')]), { offer: { browserVersion: '156.0.8078.79' } })
  t.match(pick([{}], [...offers].reverse()), { offer: { browserName: 'firefox' } }, 'whatever the others\' numbers')
})

t.test('who asks for a display gets one where there is one, and anything else where there is none', async t => {
  const both = [offer('156.0'), { ...offer('156.0'), display: true }]
  for (const wish of [{ 'selenoid:options': { enableVNC: true } }, { 'se:vncEnabled': true }]) {
    t.equal(pick([wish], both)?.offer, both[1])
    t.ok(pick([wish], [offer('156.0')]))
  }
  for (const wish of [{}, { 'selenoid:options': { enableVNC: false } }]) t.equal(pick([wish], both)?.offer, both[0])
})

t.test('WebKitGTK\'s browser is called MiniBrowser by its driver and its clients', async t => {
  for (const browserName of ['webkit', 'MiniBrowser', 'webkitgtk']) t.ok(pick([{ browserName }], [offer('2.50.6', 'webkit')]), browserName)
  t.notOk(pick([{ browserName: 'constructor' }], [offer('2.50.6', 'webkit')]))
})

t.test('a default wins over newer ones where no version is asked for', async t => {
  const listed = [{ ...offer('128.0'), preferred: true }, offer('130')]
  const given = (candidate: object): string | undefined => pick([candidate as Record<string, unknown>], listed)?.offer.browserVersion
  t.equal(given({ browserName: 'chrome' }), '128.0')
  t.equal(given({ browserName: 'chrome', browserVersion: '' }), '128.0')
  for (const wanted of ['latest', 'stable', '130']) t.equal(given({ browserName: 'chrome', browserVersion: wanted }), '130', wanted)
})

t.test('a default is one of what fits: it takes no display away, and no name', async t => {
  const plain = { ...offer('156.0'), preferred: true }
  const shown = { ...offer('156.0'), display: true }
  t.equal(pick([{ 'se:vncEnabled': true }], [plain, shown])?.offer, shown)
  const others = [offer('156.0'), { ...offer('140.0', 'firefox'), preferred: true }]
  t.equal(pick([{}], others)?.offer, others[0], 'who names no browser gets the first one\'s')
})

t.test('a version is matched by its parts, and the newest that fits is given', async t => {
  for (const wanted of ['131', '131.0', '131.0.6778.85']) t.equal(version({ browserName: 'chrome', browserVersion: wanted }), '131.0.6778.85')
  for (const wanted of ['', 'stable', 'latest', '156']) t.equal(version({ browserName: 'chrome', browserVersion: wanted }), '156.0.8078.79')
  for (const wanted of ['13', '157', '131.1', '6']) t.equal(version({ browserName: 'chrome', browserVersion: wanted }), undefined)
})

t.test('the platform may be its family, or any', async t => {
  for (const platformName of ['linux', 'LINUX', 'any', 'ANY', 'unix', '']) t.equal(version({ browserName: 'firefox', platformName }), '140.0', platformName)
  for (const platformName of ['windows', 'mac', 'Windows 10']) t.equal(version({ platformName }), undefined, platformName)
})

t.test('names are compared to the letter first: a later choice that fits so wins over an earlier one that only nearly fits', async t => {
  const choices = [{ platformName: 'LINUX', pageLoadStrategy: 'none' }, { platformName: 'linux', pageLoadStrategy: 'eager' }]
  t.equal(pick(choices, offers)?.candidate['pageLoadStrategy'], 'eager')
})

t.test('Chromium is Chrome to its users', async t => {
  t.equal(version({ browserName: 'chromium' }), '156.0.8078.79')
  t.equal(version({ browserName: 'Chrome' }), '156.0.8078.79')
})

t.test('choices are tried in their order', async t => {
  t.match(pick([{ browserName: 'safari' }, { browserName: 'firefox' }, { browserName: 'chrome' }], offers), { offer: { browserName: 'firefox' } })
})

t.test('when nothing fits, the message says what was asked for and what there is', async t => {
  t.equal(noMatch([{ browserName: 'safari', browserVersion: '9' }], [offer('156.0.8078.79')]).message,
    'no slot matches browserName=safari browserVersion=9; this grid offers chrome 156.0.8078.79 (linux)')
})

t.test('a version may be asked for by the name that browsers.json gives it', async t => {
  const offers = [{ browserName: 'chrome', browserVersion: '156.0.1.2', label: 'canary', platformName: 'linux' }]
  t.equal(pick([{ browserVersion: 'canary' }], offers)?.offer, offers[0])
  t.equal(pick([{ browserVersion: 'nightly' }], offers), undefined)
})
