/** Who is not of the grid gets nothing from its routers and agents, and a client cannot pass for somebody else at an agent. */
import { spawnSync } from 'node:child_process'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { agentsOf, startAgent, startRouter, warm } from '../support/hosts.js'
import { main } from '../support/process-grid.js'
import { refusedSocket } from '../support/sockets.js'
import { basic, call, newSession } from '../support/webdriver.js'

const users = [{ name: 'ann', password: 'ann-secret' }, { name: 'bob', password: 'bob-secret' }]

t.test('with a secret: strangers are cut off, at agents and at routers', async t => {
  const router = await startRouter(t)
  const agent = await startAgent(t, [router.gridAddress])
  await warm(router.hub, 1)
  for (const address of [agent.address, router.gridAddress]) {
    const [host = '', port] = address.split(':')
    const said = await new Promise<string>(resolve => {
      let heard = ''
      const socket = connect({ host, port: Number(port) }, () => socket.write('POST /grid/join HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n'))
      socket.on('data', bytes => { heard += bytes.toString('latin1') }).on('error', () => {}).on('close', () => resolve(heard))
    })
    t.notMatch(said, /HTTP/, `${address} speaks no HTTP to strangers`)
  }
  const impostor = await startAgent(t, [router.gridAddress], { name: 'impostor', 'grid.secret': 'not what this grid knows' })
  t.match(await impostor.said('cannot join'), { why: 'it speaks to nobody with this secret or certificate' })
  t.equal((await agentsOf(router.hub)).length, 1)
})

t.test('with certificates of tggrid certs: hosts of one CA are a grid, and another CA\'s is left out', async t => {
  const folder = t.testdir()
  const certificates = (ca: string, host: string) => ({ 'grid.secret': null, 'grid.ca': join(folder, ca, 'ca.pem'), 'grid.cert': join(folder, ca, `${host}.pem`), 'grid.key': join(folder, ca, `${host}-key.pem`) })
  for (const ca of ['ours', 'theirs']) t.match(spawnSync(process.execPath, [main, 'certs', '--out', join(folder, ca), 'router', 'agent'], { env: { PATH: process.env['PATH'] } }), { status: 0 })
  const router = await startRouter(t, certificates('ours', 'router'))
  await startAgent(t, [router.gridAddress], certificates('ours', 'agent'))
  await warm(router.hub, 1)
  const session = await newSession(router.hub)
  t.equal((await call(`GET ${router.hub}/session/${session.id}/title`)).status, 200)
  const impostor = await startAgent(t, [router.gridAddress], { name: 'impostor', ...certificates('theirs', 'agent') })
  t.match(await impostor.said('cannot join'), { why: /its certificate is not believed here/ })
  t.equal((await agentsOf(router.hub)).length, 1)
})

t.test('without a secret, on loopback: a page that a browser has open is refused', async t => {
  const router = await startRouter(t, { 'grid.secret': null })
  const agent = await startAgent(t, [router.gridAddress], { 'grid.secret': null })
  await warm(router.hub, 1)
  const origin = { headers: { Origin: 'http://evil.example' }, body: {} }
  t.equal((await call(`POST http://${agent.address}/session`, origin)).status, 403)
  t.equal((await call(`POST http://${agent.address}/session`, { headers: { Origin: 'http://evil.example', Host: 'evil.example' }, body: {} })).status, 403)
  t.equal((await call(`POST http://${router.gridAddress}/grid/join`, { ...origin, body: { address: '127.0.0.1:1' } })).status, 403)
  t.match(await refusedSocket(`ws://${agent.address}/grid/link`, { headers: { Origin: 'http://evil.example' } }), { status: 403 })
})

t.test('other machines are not listened to without a secret', async t => {
  for (const role of ['router', 'agent']) {
    const { status, stderr } = spawnSync(process.execPath, [main, role, '--grid-host', '0.0.0.0', '--grid-port', '0'], { encoding: 'utf8', env: { PATH: process.env['PATH'] } })
    t.equal(status, 2)
    t.match(stderr, /grid\.host is 0\.0\.0\.0, which other machines can reach, and there is neither a secret nor a certificate/)
  }
})

t.test('a client cannot pass for another user at the agent', async t => {
  const router = await startRouter(t, { users })
  await startAgent(t, [router.gridAddress])
  const [ann, bob] = [basic('ann', 'ann-secret'), basic('bob', 'bob-secret')]
  const session = await newSession(router.hub, {}, ann)
  const forged = { headers: { ...bob.headers, 'X-Tggrid-User': 'ann', 'x-tggrid-peer': '127.0.0.1' } }
  t.equal((await call(`GET ${router.hub}/session/${session.id}/title`, ann)).status, 200)
  for (const [who, shown] of Object.entries({ bob, forged, nobody: { headers: { 'X-Tggrid-User': 'ann' } } })) {
    for (const door of [`GET ${router.hub}/session/${session.id}/title`, `DELETE ${router.hub}/session/${session.id}`, `GET ${router.hub}/api/sessions/${session.id}`, `GET ${router.hub}/session/${session.id}/se/cdp/json/version`]) {
      t.match((await call(door, shown)).status, who === 'nobody' ? 401 : 404, `${who}: ${door}`)
    }
    t.match((await refusedSocket(`${router.hub.replace('http', 'ws')}/session/${session.id}/se/cdp`, { headers: shown.headers })).status, who === 'nobody' ? 401 : 404, `${who}: socket`)
  }
  t.strictSame((await call(`GET ${router.hub}/api/sessions`, bob)).body, { sessions: [] })
  t.equal((await call(`DELETE ${router.hub}/session/${session.id}`, ann)).status, 200)
})
