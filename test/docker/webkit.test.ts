/** WebKitGTK in containers, by WebDriver. */
import t from 'tap'
import { gatewayOf, startTraceSite } from '../support/container-site.js'
import { agentOf, containersOf, execIn, noImage, startDockerGrid } from '../support/engine.js'
import { hitAndReuse } from '../support/hit.js'
import { leasedOf } from '../support/pool.js'
import { refusedSocket, ws } from '../support/sockets.js'
import { machineTraces } from '../support/traces.js'
import { until } from '../support/until.js'
import { call, execute, newSession } from '../support/webdriver.js'

t.setTimeout(200_000)
const image = 'tggrid/webkit'
const skip = await noImage(image)

t.test('WebKitGTK in containers', { skip }, async t => {
  const grid = await startDockerGrid(t, { 'pool.browser': 'webkit', 'container.images': [image], 'pool.size': 1, 'pool.warm': 1, 'container.memory': 2048 })
  t.afterEach(() => until('every slot is free', async () => await leasedOf(grid.hub) === 0))
  t.beforeEach(() => grid.warm())

  for (const name of ['webkit', 'MiniBrowser']) {
    await t.test(`Selenium, as ${name}: a hit; the container is used again`, async t => {
      await hitAndReuse(t, grid, name)
    })
  }

  await t.test('a session finds nothing of the one before', async t => {
    const site = await startTraceSite(t, await gatewayOf(grid))
    const first = await newSession(grid.hub)
    const leased = async (): Promise<string[]> => (await containersOf(agentOf(first))).map(({ Id }) => Id)
    await first.do('POST /url', { url: site.origin })
    await execute(first, 'document.cookie = "trace=1; max-age=9999"; localStorage.setItem("trace", "1")')
    for (const container of await leased()) for (const trace of machineTraces) await trace.leave({ container })
    await first.quit()
    await until('it has ended', async () => await leasedOf(grid.hub) === 0)
    const second = await newSession(grid.hub)
    await second.do('POST /url', { url: site.origin })
    t.strictSame(await execute(second, 'return [document.cookie, localStorage.length]'), ['', 0])
    const found = await Promise.all((await leased()).map(async container => await Promise.all(machineTraces.map(trace => trace.found({ container })))))
    t.ok(found.some(traces => traces.every(there => !there)), 'its container is clean')
    await second.quit()
  })

  await t.test('what it does not have is said', async t => {
    const session = await newSession(grid.hub)
    t.match(session.capabilities, { browserName: 'MiniBrowser', 'se:cdpEnabled': false })
    t.match((await refusedSocket(`${ws(grid.hub)}/session/${session.id}/se/cdp`)).body, /its browser has none/)
    await session.quit()
    await t.rejects(newSession(grid.hub, { webSocketUrl: true }), { message: /Failed to match capabilities/ })
  })

  await t.test('a browser that dies ends its session', async t => {
    const session = await newSession(grid.hub)
    for (const { Id } of await containersOf(agentOf(session))) await execIn(Id, 'sh', '-c', 'grep -l MiniBrowse[r] /proc/[0-9]*/cmdline | cut -d/ -f3 | xargs kill -9')
    await until('it has ended', async () => await leasedOf(grid.hub) === 0)
    t.match(await call(`GET ${grid.hub}/session/${session.id}/title`), { status: 404, body: { value: { message: /ended: its browser crashed/ } } })
  })
})
