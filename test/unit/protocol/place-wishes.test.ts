/** What a session asks of its container is read strictly, and is part of what is warm. */
import t from 'tap'
import { placeWishes } from '../../../src/protocol/place-wishes.js'
import { profileOf } from '../../../src/protocol/profile.js'

t.test('nothing asked for is no wish', async t => {
  for (const candidate of [{}, { 'selenoid:options': {} }, { 'selenoid:options': { enableVNC: true, name: 'x', env: [], labels: {} } }]) t.equal(placeWishes(candidate), undefined)
})

t.test('Selenium\'s and Selenoid\'s names', async t => {
  t.strictSame(placeWishes({ 'se:timeZone': 'Europe/Berlin', 'se:screenResolution': '1920x1080' }), { env: ['TZ=Europe/Berlin', 'SCREEN_RESOLUTION=1920x1080'] })
  t.strictSame(placeWishes({ 'selenoid:options': { env: ['LANG=de_DE.UTF-8'], hostsEntries: ['shop.test:10.0.0.9'], dnsServers: ['9.9.9.9'], additionalNetworks: ['shop'], labels: { team: 'a' }, containerHostname: 'box-1', timeZone: 'UTC', screenResolution: '800x600x24' } }), {
    env: ['LANG=de_DE.UTF-8', 'TZ=UTC', 'SCREEN_RESOLUTION=800x600x24'], hosts: ['shop.test:10.0.0.9'], dns: ['9.9.9.9'], networks: ['shop'], labels: { team: 'a' }, hostname: 'box-1'
  })
})

for (const [name, value] of Object.entries({
  env: ['no value'], hostsEntries: ['a b:1'], dnsServers: ['ns.example'], additionalNetworks: ['../x'], labels: { 'tggrid.agent': 'x' }, containerHostname: '-x', timeZone: '; rm -rf', screenResolution: 'big'
})) {
  t.test(`${name} of another shape is refused`, async t => {
    t.throws(() => placeWishes({ 'selenoid:options': { [name]: value } }), { code: 'invalid argument', message: new RegExp(`^${name} has to be`) })
  })
}

t.test('two sessions share what is warm only when their containers are alike', async t => {
  const offer = { browserName: 'chrome', browserVersion: '1', platformName: 'linux' }
  const keys = [undefined, { env: ['TZ=UTC'] }, { env: ['TZ=CET'] }].map(place => profileOf({}, place === undefined ? offer : { ...offer, place }).key)
  t.equal(new Set(keys).size, 3)
})
