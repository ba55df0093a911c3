/** `tggrid start` as a process: how it begins, how it ends, and that nothing is left of it. */
import t from 'tap'
import { readdirSync } from 'node:fs'
import { statusOf } from '../support/pool.js'
import { startProcess, type ProcessGrid } from '../support/process-grid.js'
import { browserOf } from '../support/processes.js'
import { startSite } from '../support/site.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

async function nothingLeft ({ descendants, leftovers }: ProcessGrid): Promise<void> {
  await until('its processes have gone', () => descendants().length === 0)
  await until('its folders have gone', () => leftovers().length === 0)
}

t.test('it says where it listens, what it found, how warming goes, and when it is ready', async t => {
  const grid = await startProcess(t, { 'pool.warm': 2 })
  await grid.said('ready')
  t.match(grid.urls, { 'Selenium Hub': /^http:\/\/127\.0\.0\.1:\d+$/, 'REST API': /\/api\/sessions\/create$/, 'API log-in': /any e-mail and password/, 'DevTools (CDP)': /^ws:/, Pool: /\/metrics$/ })
  const lines = grid.log.map(line => JSON.stringify(line)).join('\n')
  t.match(lines, /chrome \d+\.\d+/i, 'the browser and its version')
  t.match(lines, /--headless=new|display/, 'what was added for this machine')
  t.match((await call(`GET ${grid.hub}/readyz`)), { status: 200 })
})

t.test('SIGTERM: running sessions may finish, new ones are refused, nothing is left', async t => {
  const grid = await startProcess(t, { 'session.grace': 20 })
  await grid.said('ready')
  const session = await newSession(grid.hub)
  grid.child.kill('SIGTERM')
  await grid.said(/^SIGTERM/)
  await t.rejects(newSession(grid.hub), { message: /^500 session not created: the grid is stopping/ })
  t.equal((await call(`GET ${grid.hub}/readyz`)).status, 503)
  await session.do('POST /url', { url: 'data:text/html,<title>Shop</title>' })
  t.equal(await session.do('GET /title'), 'Shop')
  await session.quit()
  t.same(await grid.ended, { code: 0, signal: null })
  await nothingLeft(grid)
})

t.test('SIGTERM: a session that does not finish is ended after the grace period', async t => {
  const grid = await startProcess(t, { 'session.grace': 0.3 })
  await grid.said('ready')
  const session = await newSession(grid.hub)
  t.type(browserOf(session), 'number')
  grid.child.kill('SIGTERM')
  t.same(await grid.ended, { code: 0, signal: null })
  t.ok(await until('its last words have come', () => grid.log.some(({ msg, reason }) => msg === 'session ended' && reason === 'drained')))
  await nothingLeft(grid)
})

t.test('a second SIGTERM ends it at once, and nothing is left', async t => {
  const grid = await startProcess(t, { 'session.grace': 60 })
  await grid.said('ready')
  await newSession(grid.hub)
  grid.child.kill('SIGTERM')
  await grid.said(/^SIGTERM/)
  grid.child.kill('SIGTERM')
  t.not((await grid.ended).code, 0)
  await nothingLeft(grid)
})

t.test('after kill -9 nothing is left either', async t => {
  const grid = await startProcess(t, { 'pool.warm': 2 })
  await grid.said('ready')
  await newSession(grid.hub)
  t.ok(grid.descendants().length > 4)
  t.ok(grid.leftovers().length > 0)
  grid.child.kill('SIGKILL')
  await grid.ended
  await nothingLeft(grid)
})

t.test('a stop while the pool is being opened leaves nothing', async t => {
  const grid = await startProcess(t, { 'pool.size': 4, 'pool.warm': 4 })
  await until('something is being opened', () => grid.descendants().length > 2)
  grid.child.kill('SIGTERM')
  t.same(await grid.ended, { code: 0, signal: null })
  await nothingLeft(grid)
})

t.test('sessions leave neither processes, descriptors nor files behind', async t => {
  const grid = await startProcess(t, { 'pool.size': 2, 'pool.warm': 1 })
  const site = await startSite(t)
  await grid.said('ready')
  const use = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const session = await newSession(grid.hub)
      await session.do('POST /url', { url: site })
      await session.quit()
    }
    await until('the pool is at rest', async () => {
      const { slots = [] } = (await statusOf(grid.hub)).nodes[0] ?? {}
      return slots.some(({ state }) => state === 'warm') && slots.every(({ state }) => state === 'warm' || state === 'blank')
    })
  }
  const seen = (): Record<'processes' | 'descriptors', number> => ({
    processes: grid.descendants().length,
    descriptors: readdirSync(`/proc/${grid.child.pid}/fd`).length
  })
  await use(3)
  const before = await until('it is quiet', () => seen())
  await use(8)
  await until(`it is as it was: ${JSON.stringify(before)}`, () => seen().descriptors <= before.descriptors && seen().processes <= before.processes)
})
