import t from 'tap'
import type { Door } from '../../../src/protocol/remote-end.js'
import { answerOf } from '../../../src/protocol/answer.js'
import { reachedBy } from '../../../src/protocol/reached-by.js'

t.test('URLs are built from what the client used', async t => {
  const cases: [object, string][] = [
    [{ host: 'localhost:4444' }, 'ws://localhost:4444'],
    [{ host: '[::1]:4444' }, 'ws://[::1]:4444'],
    [{ host: 'inner:4444', 'x-forwarded-host': 'grid.example.com', 'x-forwarded-proto': 'https' }, 'wss://grid.example.com'],
    [{ host: 'inner', 'x-forwarded-host': 'grid.example.com', 'x-forwarded-port': '8443', 'x-forwarded-proto': 'https' }, 'wss://grid.example.com:8443'],
    [{ host: 'inner', 'x-forwarded-host': 'grid.example.com:9000', 'x-forwarded-port': '8443' }, 'ws://grid.example.com:9000'],
    [{ host: 'inner', 'x-forwarded-host': 'outer, middle', 'x-forwarded-proto': 'https, http' }, 'wss://outer'],
    [{ host: 'grid', 'x-forwarded-prefix': '/team/grid/' }, 'ws://grid/team/grid'],
    [{ host: 'inner', forwarded: 'for=1.2.3.4;host=outer.example;proto=https, for=5.6.7.8' }, 'wss://outer.example']
  ]
  for (const [headers, ws] of cases) t.equal(reachedBy(headers as Record<string, string>).ws, ws, JSON.stringify(headers))
})

t.test('a hostile header puts nothing into a URL', async t => {
  const hostile = ['evil"/><script>', 'a b', 'a/b', 'user@evil', 'a\\b', 'x'.repeat(300), 'a:port', '', '..%2f', 'a?b', 'a#b']
  for (const host of hostile) t.equal(reachedBy({ host }).http, 'http://localhost', host)
  for (const prefix of ['//evil', '/a b', 'evil', '/a?b', '/"']) t.equal(reachedBy({ host: 'grid', 'x-forwarded-prefix': prefix }).http, 'http://grid', prefix)
})

const session = (capabilities: object, doors: Door[] = []) => ({
  id: '0123456789abcdef', doors, user: '', capabilities: capabilities as Record<string, unknown>, browserName: 'chrome', browserVersion: '156.0', poolHit: true, startupTime: 1, bound: false, claimable: false, createdAt: new Date()
})

t.test('a Chrome\'s answer says where its DevTools are, and BiDi where it was asked for', async t => {
  const { ws, http } = reachedBy({ host: 'grid:4444' })
  t.strictSame(answerOf(session({ a: 1, 'goog:chromeOptions': { debuggerAddress: 'localhost:1' } }, ['webdriver', 'cdp']), { ws, http }), {
    a: 1, 'goog:chromeOptions': { debuggerAddress: 'localhost:1' }, 'se:cdp': 'ws://grid:4444/session/0123456789abcdef/se/cdp', 'se:cdpVersion': '156.0'
  })
  t.match(answerOf(session({ webSocketUrl: 'ws://127.0.0.1:9/session/x' }), { ws, http }), {
    webSocketUrl: 'ws://grid:4444/session/0123456789abcdef', 'se:gridWebSocketUrl': 'ws://grid:4444/session/0123456789abcdef', 'se:cdpEnabled': false
  })
})
