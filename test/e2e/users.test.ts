/** Users do not see, drive or end each other's sessions, by any door; strangers get nowhere. */
import t from 'tap'
import { WebSocket } from 'ws'
import { startGrid } from '../support/grid.js'
import { basic, call, newSession } from '../support/webdriver.js'

const users = [{ name: 'ann', password: 'ann-secret' }, { name: 'bob', password: 'bob-secret' }]
const grid = await startGrid(t, { 'pool.size': 3, 'pool.warm': 1, users })
const as = (name: string, password = `${name}-secret`) => basic(name, password)
const [ann, bob, nobody] = [as('ann'), as('bob'), { headers: {} }]
const session = await newSession(grid.hub, {}, ann)
const { id } = session
t.teardown(() => call(`DELETE ${grid.hub}/session/${id}`, ann))

/** What the answer to an upgrade request is: 101, or the refusal's status. */
function upgrade (headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`${grid.hub.replace('http', 'ws')}/session/${id}/se/cdp`, { headers })
  return new Promise(resolve => {
    socket.once('open', () => { socket.terminate(); resolve(101) })
    socket.once('unexpected-response', (request, response) => { request.destroy(); resolve(response.statusCode ?? 0) })
    socket.on('error', () => {})
  })
}

t.test('the owner gets in by every door', async t => {
  t.equal((await call(`GET ${grid.hub}/session/${id}/title`, ann)).status, 200)
  t.equal((await call(`GET ${grid.api}/api/sessions/${id}`, ann)).status, 200)
  t.equal(await upgrade(ann.headers), 101)
})

t.test('another user finds nothing there', async t => {
  const doors = [`GET ${grid.hub}/session/${id}/title`, `GET ${grid.hub}/wd/hub/session/${id}/title`, `DELETE ${grid.hub}/session/${id}`, `DELETE ${grid.hub}/session/${id}/window`]
  for (const door of doors) t.match(await call(door, bob), { status: 404, body: { value: { error: 'invalid session id' } } }, door)
  for (const door of [`GET ${grid.api}/api/sessions/${id}`, `DELETE ${grid.api}/api/sessions/${id}`]) t.equal((await call(door, bob)).status, 404, door)
  t.equal(await upgrade(bob.headers), 404)
  t.strictSame((await call(`GET ${grid.api}/api/sessions`, bob)).body, { sessions: [] })
  t.strictSame((await call(`GET ${grid.hub}/sessions`, bob)).body, { value: [] })
  t.notMatch(JSON.stringify((await call(`GET ${grid.hub}/status`, bob)).body), id, 'not even its id')
  t.equal((await call(`GET ${grid.hub}/session/${id}/title`, ann)).status, 200, 'it lives on')
})

t.test('strangers, wrong passwords and false tokens are refused by every door', async t => {
  const doors = [
    `GET ${grid.hub}/session/${id}/title`, `DELETE ${grid.hub}/session/${id}`, `POST ${grid.hub}/session`, `GET ${grid.hub}/sessions`,
    `POST ${grid.api}/api/sessions/create`, `GET ${grid.api}/api/sessions`, `GET ${grid.api}/api/sessions/${id}`, `DELETE ${grid.api}/api/sessions/${id}`, `POST ${grid.pool}/prewarm`
  ]
  const strangers = [nobody, as('ann', 'bob-secret'), as('eve'), { headers: { Authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.' } }, { headers: { Authorization: 'Basic !' } }]
  for (const door of doors) {
    for (const stranger of strangers) {
      const { status, headers } = await call(door, { ...stranger, ...door.startsWith('POST') ? { body: { capabilities: {}, browser: 'chrome', count: 1 } } : {} })
      t.equal(status, 401, `${door} ${stranger.headers['Authorization' as never] ?? ''}`)
      t.match(headers['www-authenticate'], /^(Basic|Bearer) realm=/)
    }
  }
  for (const stranger of strangers) t.equal(await upgrade(stranger.headers as Record<string, string>), 401)
})

t.test('a log-in gives a token that is good for every door, and a wrong one gives none', async t => {
  const login = `POST ${grid.api}/api/auth/login`
  t.equal((await call(login, { body: { email: 'ann', password: 'wrong' } })).status, 401)
  const { body: { token } } = await call<{ token: string }>(login, { body: { email: 'ann', password: 'ann-secret' } })
  const bearer = { headers: { Authorization: `Bearer ${token}` } }
  t.equal((await call(`GET ${grid.hub}/session/${id}/title`, bearer)).status, 200)
  t.equal((await call(`GET ${grid.api}/api/sessions/${id}`, bearer)).status, 200)
  t.equal(await upgrade(bearer.headers), 101)
})
