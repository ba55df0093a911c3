import t from 'tap'
import { mergeHostNeeds, mergePlaywrightNeeds } from '../../../src/protocol/host-needs.js'

const server = { binary: '/usr/bin/chromium', headless: true, noSandbox: true, disableFeatures: ['A', 'B'], enableFeatures: [] as string[], args: [] as string[] }
const options = (own: object, needs: Partial<typeof server> = {}): { args: string[], binary?: string } =>
  mergeHostNeeds({ 'goog:chromeOptions': own }, { ...server, ...needs })['goog:chromeOptions'] as { args: string[] }

t.test('a client that says nothing gets what a server without a display needs', async t => {
  t.strictSame(mergeHostNeeds({ browserName: 'chrome' }, server), {
    browserName: 'chrome',
    'goog:chromeOptions': { binary: '/usr/bin/chromium', args: ['--headless=new', '--no-sandbox', '--disable-features=A,B'] }
  })
})

t.test('on a desktop nothing is added', async t => {
  t.strictSame(options({ args: ['--x'] }, { headless: false, noSandbox: false, disableFeatures: [] }).args, ['--x'])
})

t.test('what the client says is not said again, with dashes or without', async t => {
  t.strictSame(options({ args: ['headless', 'no-sandbox'] }, { disableFeatures: [] }).args, ['headless', 'no-sandbox'])
  t.strictSame(options({ args: ['--headless=old'] }, { disableFeatures: [], noSandbox: false }).args, ['--headless=old'])
})

t.test('features that are switched off are merged into one switch, the last of which is the only one that Chrome hears', async t => {
  t.strictSame(options({ args: ['--disable-features=X,A', '--y', 'disable-features=Z'] }, { headless: false, noSandbox: false }).args, ['--y', '--disable-features=X,A,Z,B'])
})

t.test('what the client switches on stays on', async t => {
  t.strictSame(options({ args: ['--enable-features=A:p/1,C'] }, { headless: false, noSandbox: false }).args, ['--enable-features=A:p/1,C', '--disable-features=B'])
})

t.test('the browser\'s executable is the operator\'s to choose, unless it runs where there is nothing else', async t => {
  t.throws(() => options({ binary: '/opt/chrome' }), { code: 'invalid argument', message: /which has \/usr\/bin\/chromium/ })
  t.equal(options({ binary: '/usr/bin/chromium' }).binary, '/usr/bin/chromium')
  const { binary: _none, ...container } = server
  t.match(mergeHostNeeds({ 'goog:chromeOptions': { binary: '/opt/chrome' } }, container), { 'goog:chromeOptions': { binary: '/opt/chrome' } })
})

t.test('the operator\'s switches come behind the client\'s, who wins', async t => {
  t.strictSame(options({ args: ['--lang=de'] }, { headless: false, noSandbox: false, disableFeatures: [], args: ['--lang=en', '--mute-audio', '--disable-features=Q'] }).args,
    ['--lang=de', '--mute-audio', '--disable-features=Q'])
})

t.test('what is switched on for a browser\'s own good is merged with what the client and the operator switch on', async t => {
  const desktop = { headless: false, noSandbox: false, disableFeatures: [], enableFeatures: ['N'] }
  t.strictSame(options({ args: ['--enable-features=X'] }, { ...desktop, args: ['--enable-features=Y'] }).args, ['--enable-features=X,N,Y'])
  t.strictSame(options({ args: ['--disable-features=N'] }, desktop).args, ['--disable-features=N'])
})

t.test('Playwright\'s driver gets the features apart, for it alone knows what its own switches name', async t => {
  const wish = { version: '1.65', options: { args: ['--lang=de', '--enable-features=X'] } }
  t.strictSame(mergePlaywrightNeeds({ 'tggrid:playwright': wish }, { ...server, enableFeatures: ['N'], args: ['--disable-features=Q', '--lang=en', '--mute-audio'], folder: '/tmp/1' }), {
    'tggrid:playwright': {
      options: { chromiumSandbox: false, args: ['--mute-audio', '--lang=de'] },
      features: { said: { enable: ['X'], disable: [] }, wished: { enable: ['N'], disable: ['A', 'B', 'Q'] } },
      folder: '/tmp/1',
      rehearsed: true
    }
  })
})
