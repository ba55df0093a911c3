/** A real engine whose disk is full, whose machine has no memory left, and that is stopped and started again under a running grid, with and without its containers. */
import t from 'tap'
import { limitedCgroup } from '../support/cgroup.js'
import { newName, noEngine } from '../support/engine.js'
import { startGrid, type TestGrid } from '../support/grid.js'
import { leasedOf, statusOf } from '../support/pool.js'
import { noPrivateEngine, startPrivateEngine } from '../support/private-engine.js'
import { until } from '../support/until.js'
import { call, newSession, takeMemory } from '../support/webdriver.js'

t.setTimeout(280_000)
const page = 'data:text/html,<title>Shop</title>'

t.test('an engine that is restarted', { skip: noEngine || noPrivateEngine }, async t => {
  const engine = await startPrivateEngine(t, 'tggrid/chrome')
  const settings = { runtime: 'docker', name: newName(), 'container.engine': engine.address, 'pool.size': 2, 'pool.warm': 1 }
  const ready = ({ hub }: TestGrid): Promise<unknown> => until('it is ready', async () => (await call(`GET ${hub}/readyz`)).status === 200)
  const grid = await startGrid(t, settings)

  await t.test('without room on its disk: what is there is used on, what needs a new container is refused with the reason, and nothing half-made is left', async t => {
    await grid.warm()
    const running = await newSession(grid.hub)
    await running.do('POST /url', { url: page })
    await engine.fillDisk()
    const before = (await engine.docker.listContainers({ all: true })).length
    const another = { 'selenoid:options': { env: ['A=B'] } } // a container that is not there yet
    await t.rejects(newSession(grid.hub, another), { message: /session not created: tggrid\/chrome: .*no space left on device/ })
    t.equal(await running.do('GET /title'), 'Shop')
    await running.quit()
    await until('its container serves the next one', () => newSession(grid.hub).then(session => session.quit().then(() => true), () => false))
    t.ok((await engine.docker.listContainers({ all: true })).length <= before)
    await engine.makeRoom()
    await until('it is served again', () => newSession(grid.hub, another).then(session => session.quit().then(() => true), () => false))
  })

  await t.test('its containers end with it: so do their sessions, with the reason, and what comes next is refused with the reason', async t => {
    const session = await newSession(grid.hub)
    await session.do('POST /url', { url: page })
    await engine.stop()
    await until('the session has ended', async () => await leasedOf(grid.hub) === 0)
    t.match(await call(`GET ${grid.hub}/session/${session.id}/title`), { status: 404, body: { value: { error: 'invalid session id', message: /ended: its (browser|driver) crashed/ } } })
    await t.rejects(newSession(grid.hub), { message: /session not created: .*the Docker engine does not answer/ })
    // what failed while it went may have had its words for it
    await until('the status says so', async () => /the Docker engine does not answer/.test((await statusOf(grid.hub)).message))
    t.equal((await statusOf(grid.hub)).ready, false)
  })

  await t.test('when it is back the pool is filled again', async t => {
    await engine.start()
    await ready(grid)
    await grid.warm()
    const session = await newSession(grid.hub)
    await session.do('POST /url', { url: page })
    t.equal(await session.do('GET /title'), 'Shop')
    await session.quit()
    await grid.stop()
    t.same(await engine.docker.listContainers({ all: true }), [])
  })

  await t.test('without memory on the machine the session that took it ends with that reason, and its neighbours go on', async t => {
    await engine.stop()
    await engine.start('--cgroup-parent', limitedCgroup(t, 1.5 * 2 ** 30))
    const grid = await startGrid(t, { ...settings, 'pool.warm': 2, 'container.memory': 4096 })
    const [hungry, neighbour] = [await newSession(grid.hub), await newSession(grid.hub)]
    for (const session of [hungry, neighbour]) await session.do('POST /url', { url: page })
    await takeMemory(hungry)
    const late = await until('the session has ended', async () => {
      const reply = await call<{ value: { message: string } }>(`GET ${grid.hub}/session/${hungry.id}/title`)
      return reply.status === 404 && reply
    })
    t.match(late.body.value.message, /ended: its machine had no memory left/)
    await new Promise(resolve => setTimeout(resolve, 1500)) // they are looked at for a second
    t.equal(await neighbour.do('GET /title'), 'Shop')
    await newSession(grid.hub).then(next => next.quit())
    await neighbour.quit()
    await grid.stop()
  })

  await t.test('with live-restore sessions go on while it is away, and their containers are used again afterwards', async t => {
    await engine.stop()
    await engine.start('--live-restore')
    const grid = await startGrid(t, settings)
    const session = await newSession(grid.hub)
    await session.do('POST /url', { url: page })
    await engine.stop()
    t.equal(await session.do('GET /title'), 'Shop')
    await engine.start('--live-restore')
    t.equal(await session.do('GET /title'), 'Shop')
    const before = grid.log.length
    await new Promise(resolve => setTimeout(resolve, 1500)) // the connection to its init is made again
    await session.quit()
    await until('its container is clean', () => grid.log.slice(before).some(({ msg }) => msg === 'slot clean again'))
    await ready(grid)
    await newSession(grid.hub).then(next => next.quit())
    await grid.stop()
    t.same(await engine.docker.listContainers({ all: true }), [])
  })
})
