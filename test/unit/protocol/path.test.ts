import t from 'tap'
import { parsePath } from '../../../src/protocol/path.js'

const id = '5ff2a01c2f0d54b24ab9be02eae5eacc6031db91'

t.test('a command is the session\'s, wherever clients put the hub', async t => {
  for (const prefix of ['', '/wd/hub', `/api/sessions/${id}/webdriver`]) {
    t.strictSame(parsePath(`${prefix}/session/${id}/url`, false), { id, door: 'webdriver', rest: '/url' })
    t.strictSame(parsePath(`${prefix}/session/${id}`, false), { id, door: 'webdriver', rest: '' })
  }
})

t.test('a query is not the driver\'s: no command has one, and a token in it is ours', async t => {
  t.strictSame(parsePath(`/session/${id}/url?token=b`, false), { id, door: 'webdriver', rest: '/url' })
  t.strictSame(parsePath(`/session/${id}?a`, false), { id, door: 'webdriver', rest: '' })
})

t.test('a hub\'s address with a slash at its end doubles it', async t => {
  t.strictSame(parsePath(`//session/${id}/url`, false), { id, door: 'webdriver', rest: '/url' })
  t.strictSame(parsePath(`/wd/hub//session/${id}`, false), { id, door: 'webdriver', rest: '' })
})

t.test('a socket says by its path which door it wants, and its query is ours', async t => {
  t.strictSame(parsePath(`/session/${id}`, true), { id, door: 'bidi', rest: '' })
  t.strictSame(parsePath(`/session/${id}/se/bidi?x=1`, true), { id, door: 'bidi', rest: '' })
  t.strictSame(parsePath(`/wd/hub/session/${id}/se/cdp`, true), { id, door: 'cdp', rest: '' })
  for (const path of [`/session/${id}/se/vnc`, `/wd/hub/session/${id}/se/vnc?x`, `/vnc/${id}`, `/vnc/${id}/`]) t.strictSame(parsePath(path, true), { id, door: 'vnc', rest: '' }, path)
  for (const path of [`/session/${id}/se/unknown`, `/vnc/${id}/x`, '/vnc/']) t.equal(parsePath(path, true), undefined, path)
})

t.test('a session\'s DevTools have a page\'s socket too, and Selenoid\'s addresses', async t => {
  const page = { id, door: 'cdp', rest: '/devtools/page/ABC' }
  t.strictSame(parsePath(`/session/${id}/se/cdp/devtools/page/ABC?x`, true), page)
  t.strictSame(parsePath(`/devtools/${id}/page/ABC`, true), page)
  for (const path of [`/session/${id}/se/cdp/devtools/browser/u-v`, `/devtools/${id}`, `/devtools/${id}/`, `/devtools/${id}/browser`]) t.strictSame(parsePath(path, true), { id, door: 'cdp', rest: '' }, path)
  t.equal(parsePath(`/devtools/${id}/other`, true), undefined)
  t.equal(parsePath(`/devtools/${id}/json/list`, false), undefined, 'for sockets only')
  t.strictSame(parsePath(`/session/${id}/se/playwright`, true), { id, door: 'playwright', rest: '' })
})

t.test('what only looks like a session is none', async t => {
  const strange = [
    '/', '/session', '/session/', '/status', `/sessions/${id}`, `/session/${id.slice(0, 12)}`, `/session/${id.toUpperCase()}/url`, `/session/${id}%2e/url`,
    `/session/../${id}/url`, `/session/${id};x/url`, `/x/session/${id}`, `/api/sessions/${id}`, `/api/sessions//webdriver/session/${id.slice(0, 9)}`,
    `/api/sessions/a/b/webdriver/session/${id}`, `/session/${id}/../${id}`.replace(id, 'x')
  ]
  for (const target of strange) t.equal(parsePath(target, false), undefined, target)
})

t.test('ids with dashes, as geckodriver makes them, are ids', async t => {
  const gecko = '5ff2a01c3b9b2b5e-5f0e-4c4e-9a55-0f2b6c1d7e8f'
  t.match(parsePath(`/session/${gecko}/url`, false), { id: gecko })
})
