/** What can go wrong around containers: agents, engines and neighbours that do what they like, and nothing is lost or left. */
import t from 'tap'
import { agentOf, containerSettings, containersOf, docker, execIn, leftOf, newName, noEngine, noneLeft, startDockerGrid } from '../support/engine.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession, rawSession, takeMemory } from '../support/webdriver.js'

t.setTimeout(240_000)
const page = 'data:text/html,<title>Shop</title>'
const running = async (agent: string): Promise<number> => (await containersOf(agent)).filter(({ State }) => State === 'running').length

t.test('an agent that is killed and started again goes on with its sessions, and with nothing else', { skip: noEngine }, async t => {
  const settings = containerSettings({ 'pool.size': 3, 'pool.warm': 1, 'session.idleTimeout': 60 })
  const first = await startProcess(t, settings)
  await first.said('ready')
  const session = await newSession(first.hub)
  await session.do('POST /url', { url: page })
  await first.said('session started')
  const socket = await openSocket(`${ws(first.hub)}/cdp`)
  await until('a warm one is there too', async () => await running(agentOf(session)) >= 3)
  await docker.createContainer({ Image: 'tggrid/chrome', Labels: { 'tggrid.agent': agentOf(session) } }) // as if it had been killed between making and starting one
  first.child.kill('SIGKILL')
  await first.ended
  socket.terminate()
  const begun = performance.now()
  const second = await startProcess(t, settings)
  await second.said('session goes on')
  const again = rawSession(second.hub, session.id)
  t.equal(await again.do('GET /title'), 'Shop', 'the same id, the same page')
  t.match((await call<{ session: { id: string } }>(`GET ${second.hub}/api/sessions/${session.id}`)).body, { session: { id: session.id, browser: 'chrome' } })
  t.ok(performance.now() - begun < 15_000)
  await second.said('ready')
  await again.quit()
  await until('what the killed one had opened for a socket is gone, since that socket is', async () => await leasedOf(second.hub) <= 1)
  second.child.kill('SIGTERM')
  await second.ended
  await noneLeft(agentOf(session))
  t.notOk((await leftOf()).some(name => name.includes(agentOf(session))))
})

t.test('a browser that needs more memory than it may have ends its session with that reason, and the limit', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 1, 'container.memory': 300 })
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: page })
  await takeMemory(session)
  const late = await until('the session has ended', async () => {
    const reply = await call<{ value: { message: string } }>(`GET ${grid.hub}/session/${session.id}/title`)
    return reply.status === 404 && reply
  })
  t.match(late.body.value.message, /ended: its browser needed more memory than 300 MB/)
  await until('the slot is free', async () => await leasedOf(grid.hub) === 0)
  const next = await newSession(grid.hub)
  await next.quit()
})

t.test('a container that somebody removes ends its session; one that somebody pauses goes on', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0 })
  const session = await newSession(grid.hub)
  const all = await containersOf(agentOf(session))
  for (const { Id } of all) await docker.getContainer(Id).pause()
  await session.do('POST /url', { url: page })
  t.equal(await session.do('GET /title'), 'Shop')
  for (const { Id } of all) await docker.getContainer(Id).remove({ force: true })
  await until('it has ended', async () => await leasedOf(grid.hub) === 0)
  t.match(await call(`GET ${grid.hub}/session/${session.id}/title`), { status: 404, body: { value: { message: /ended: its (driver|browser) crashed/ } } })
  const next = await newSession(grid.hub)
  await next.quit()
})

t.test('two grids on one engine leave each other\'s containers alone', { skip: noEngine }, async t => {
  const one = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 1 })
  const session = await newSession(one.hub)
  const two = await startProcess(t, containerSettings({ 'pool.size': 1, 'pool.warm': 1 }))
  await two.said('ready')
  const other = await newSession(two.hub)
  two.child.kill('SIGKILL')
  await two.ended
  const three = await startProcess(t, containerSettings({ 'pool.size': 1, 'pool.warm': 1 }))
  await three.said('ready')
  await session.do('POST /url', { url: page })
  t.equal(await session.do('GET /title'), 'Shop')
  t.ok(await running(agentOf(other)) > 0, 'what was killed waits for its own grid')
  await Promise.all((await containersOf(agentOf(other))).map(({ Id }) => docker.getContainer(Id).remove({ force: true })))
  await docker.getNetwork(`tggrid-${agentOf(other)}`).remove()
  await session.quit()
  three.child.kill('SIGTERM')
  await three.ended
})

t.test('a second grid of the same name does not start, and the first one does not notice', { skip: noEngine }, async t => {
  const settings = containerSettings({ 'pool.size': 2, 'pool.warm': 1 })
  const first = await startProcess(t, settings)
  await first.said('ready')
  const session = await newSession(first.hub)
  const before = (await containersOf(agentOf(session))).map(({ Id }) => Id).sort()
  t.match(await startProcess(t, settings).then(() => 'started', (error: Error) => error.message), /tggrid ended with 1/)
  t.ok(await session.do('GET /timeouts'))
  t.strictSame((await containersOf(agentOf(session))).map(({ Id }) => Id).filter(id => before.includes(id)).sort(), before)
  await session.quit()
})

t.test('a second SIGTERM ends it at once, and nothing is left', { skip: noEngine }, async t => {
  const grid = await startProcess(t, containerSettings({ 'pool.size': 1, 'pool.warm': 1, 'session.grace': 60 }))
  await grid.said('ready')
  const session = await newSession(grid.hub)
  grid.child.kill('SIGTERM')
  await grid.said(/^SIGTERM/)
  grid.child.kill('SIGTERM')
  await grid.ended
  await noneLeft(agentOf(session))
  await until('its network has gone', async () => !(await leftOf()).some(name => name.includes(agentOf(session))))
})

t.test('an image that cannot be had, or does not come up, is said so', { skip: noEngine }, async t => {
  const missing = await startProcess(t, containerSettings({ 'container.images': ['tggrid/nowhere'] })).then(() => 'started', (error: Error) => error.message)
  t.match(missing, /tggrid ended with 1/)
  const broken = `broken-${newName()}`
  const stops = await docker.createContainer({ Image: 'tggrid/chrome' })
  await stops.commit({ repo: broken, changes: 'CMD ["--ready", "4444", "--", "sh", "-c", "echo libnss3.so is missing >&2; exit 127"]' })
  await stops.remove()
  t.teardown(() => docker.getImage(broken).remove({ force: true }))
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 1, 'container.images': [broken] })
  await t.rejects(newSession(grid.hub), { message: /session not created: broken-.* did not come up: .*libnss3\.so is missing/s })
  t.equal((await call(`GET ${grid.hub}/readyz`)).status, 503)
})

t.test('fifty containers at once, and then none', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 50, 'pool.warm': 0, 'pool.launches': 8, 'session.queueTimeout': 200, 'pool.launchTimeout': 120_000 })
  const sessions = await Promise.all(Array.from({ length: 50 }, () => newSession(grid.hub)))
  t.equal(new Set(sessions.map(({ id }) => id)).size, 50)
  t.equal((await metricsOf(grid.hub)).leased, 50)
  for (const session of sessions) t.ok(await session.do('GET /timeouts'))
  await Promise.all(sessions.map(session => session.quit()))
  await grid.stop()
  await noneLeft(agentOf(sessions[0] ?? { id: '' }))
})

t.test('a process that a page could have started cannot speak for the init', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0 })
  const session = await newSession(grid.hub)
  const all = await containersOf(agentOf(session))
  for (const { Id } of all) {
    t.match(await execIn(Id, 'sh', '-c', 'echo "clean 0 0 0" > /proc/1/fd/1; cat < /proc/1/fd/0; kill -9 1; kill -STOP 1; echo done'), /(Permission denied|cannot create|can't (create|open))[^]*done/i)
  }
  t.ok(await session.do('GET /timeouts'))
  await session.quit()
})
