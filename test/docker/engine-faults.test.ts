/** Engines that are slow, full, old, stuck, forbidden or gone for a while: what clients are told, and that all is well afterwards. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { agentOf, containersOf, docker, engineAddress, noEngine, noneLeft, startDockerGrid } from '../support/engine.js'
import { startEngineProxy } from '../support/engine-proxy.js'
import { environmentOf } from '../support/grid.js'
import { leasedOf, statusOf } from '../support/pool.js'
import { main } from '../support/process-grid.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

t.setTimeout(240_000)
const page = 'data:text/html,<title>Shop</title>'
const readyz = async (hub: string): Promise<number> => (await call(`GET ${hub}/readyz`)).status

t.test('an engine that is gone for a while: sessions go on, clients are told, and the pool is full again as soon as it is back', { skip: noEngine }, async t => {
  const proxy = await startEngineProxy(t)
  const grid = await startDockerGrid(t, { 'container.engine': proxy.address, 'pool.size': 2, 'pool.warm': 1 })
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: page })
  await grid.warm()
  await proxy.stop()
  const warm = await newSession(grid.hub)
  t.equal(await session.do('GET /title'), 'Shop', 'the containers are still there, and so are the ways to them')
  await warm.quit()
  await session.quit()
  await until('what is not there is told', async () => !(await statusOf(grid.hub)).ready)
  t.match(await statusOf(grid.hub), { ready: false, message: /Docker engine does not answer/ })
  t.equal(await readyz(grid.hub), 503)
  await t.rejects(newSession(grid.hub, { timeouts: { script: 1234 } }), { message: /session not created: .*the Docker engine does not answer \(ENOENT\)/ })
  await new Promise(resolve => setTimeout(resolve, 4000)) // long enough for the pause between two tries to become longer than what follows allows
  await proxy.start()
  const begun = performance.now()
  await until('it is ready again', async () => await readyz(grid.hub) === 200)
  t.ok(performance.now() - begun < 5000)
  const next = await newSession(grid.hub)
  await next.do('POST /url', { url: page })
  t.equal(await next.do('GET /title'), 'Shop')
  await next.quit()
  await until('only what is wanted is there', async () => (await containersOf(agentOf(next))).length <= 4)
})

t.test('a session goes on however long its engine is gone', { skip: noEngine }, async t => {
  const proxy = await startEngineProxy(t)
  const grid = await startDockerGrid(t, { 'container.engine': proxy.address, 'pool.size': 1, 'pool.warm': 0 })
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: page })
  await proxy.stop()
  await new Promise(resolve => setTimeout(resolve, 7000))
  t.equal(await session.do('GET /title'), 'Shop')
  await proxy.start()
  await new Promise(resolve => setTimeout(resolve, 1500)) // the connection to its init is made again
  await until('its container is cleaned when it ends', async () => {
    await session.quit().catch(() => {})
    return grid.log.some(({ msg }) => msg === 'slot clean again')
  })
})

t.test('a slow engine makes the grid slow, and nothing else', { skip: noEngine }, async t => {
  const proxy = await startEngineProxy(t)
  const grid = await startDockerGrid(t, { 'container.engine': proxy.address, 'pool.size': 1, 'pool.warm': 0, 'container.cpu': 1 })
  proxy.delay = 600
  for (let i = 0; i < 2; i++) {
    const session = await newSession(grid.hub)
    await session.do('POST /url', { url: page })
    await session.quit()
    await until('it is free', async () => await leasedOf(grid.hub) === 0)
  }
  t.notOk(grid.log.some(({ msg }) => /did not come up|could not be cleaned/.test(msg)))
})

t.test('an engine that is stuck: clients are told in time, and the grid can be stopped', { skip: noEngine }, async t => {
  const proxy = await startEngineProxy(t)
  const grid = await startDockerGrid(t, { 'container.engine': proxy.address, 'pool.size': 2, 'pool.warm': 0, 'pool.launchTimeout': 2000, 'container.cpu': 1 })
  const session = await newSession(grid.hub)
  proxy.stuck = true
  const asked = performance.now()
  await t.rejects(newSession(grid.hub, { 'selenoid:options': { env: ['A=B'] } }), { message: /session not created: no browser within 2000 ms/ })
  t.ok(performance.now() - asked < 8000, 'after two tries, and not when the engine has been given up')
  await session.quit()
  await until('its slot is free, or given up', async () => await leasedOf(grid.hub) === 0)
  proxy.stuck = false
  const next = await newSession(grid.hub)
  await next.quit()
  proxy.stuck = true
  const begun = performance.now()
  await grid.stop()
  t.ok(performance.now() - begun < 30_000)
  proxy.stuck = false
  await Promise.all((await containersOf(agentOf(next))).map(({ Id }) => docker.getContainer(Id).remove({ force: true }).catch(() => {})))
  await noneLeft(agentOf(next))
  await docker.getNetwork(`tggrid-${agentOf(next)}`).remove().catch(() => {})
})

t.test('an engine without room on its disk is quoted, and asked again', { skip: noEngine }, async t => {
  const proxy = await startEngineProxy(t)
  const grid = await startDockerGrid(t, { 'container.engine': proxy.address, 'pool.size': 1, 'pool.warm': 1, 'container.recycle': 'container' })
  const full = { status: 500, body: { message: 'mkdir /var/lib/docker/overlay2/8a: no space left on device' } }
  proxy.answer = request => /^POST .*\/containers\/create$/.test(request) ? full : undefined
  const untilRefused = async (): Promise<never> => { for (;;) await newSession(grid.hub).then(session => session.quit()) } // some are there already
  await t.rejects(untilRefused(), { message: /session not created: tggrid\/chrome: .*no space left on device/ })
  await until('it is said', async () => /no space left on device/.test((await statusOf(grid.hub)).message))
  proxy.answer = () => undefined
  await until('it is served again', async () => await newSession(grid.hub).then(session => session.quit().then(() => true), () => false))
  t.equal(await readyz(grid.hub), 200)
})

t.test('an engine that is too old is refused by its version', { skip: noEngine }, async t => {
  const proxy = await startEngineProxy(t)
  proxy.answer = request => request.endsWith('/version') ? { status: 200, body: { Version: '18.09.1', ApiVersion: '1.39' } } : undefined
  await t.rejects(startDockerGrid(t, { 'container.engine': proxy.address }), { message: /is too old: Docker 18\.09\.1 speaks version 1\.39 of its API, and 1\.40 is needed/ })
})

t.test('an engine whose socket may not be used is told so, with what to do', { skip: noEngine || (process.getuid?.() !== 0 && 'needs root, to be somebody else') }, async t => {
  const settings = { runtime: 'docker', 'container.engine': engineAddress ?? '', 'listen.hubPort': 0, 'listen.apiPort': 0, 'listen.poolPort': 0 }
  const child = spawn(process.execPath, [main, 'start'], { uid: 65_534, gid: 65_534, env: { PATH: process.env['PATH'], ...environmentOf(settings) }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit'), text(child.stdout)]) as [string, [number], string]
  t.equal(code, 1)
  t.match(said, /the Docker engine at unix:.* may not be used by this user; add it to the group docker, or run as root/)
})
