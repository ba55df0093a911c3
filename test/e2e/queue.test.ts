/** The queue, with real browsers: fair, bounded, with a deadline, and left at once by a client that hangs up. */
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { metricsOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { browserOf, browsersAmong } from '../support/processes.js'
import { until } from '../support/until.js'
import { basic, call, newSession, type RawSession } from '../support/webdriver.js'

const oneSlot = { 'pool.size': 1, 'pool.warm': 1 }

t.test('who waits is served when a session ends, first come, first served', async t => {
  const grid = await startGrid(t, oneSlot)
  const first = await newSession(grid.hub)
  const order: number[] = []
  const waiting: Promise<unknown>[] = []
  for (let i = 0; i < 3; i++) {
    waiting.push(newSession(grid.hub).then(async session => { order.push(i); await session.quit() }))
    await until('it waits', async () => (await metricsOf(grid.hub)).queued === i + 1)
  }
  await first.quit()
  await Promise.all(waiting)
  t.same(order, [0, 1, 2])
})

t.test('users take turns, however many requests one of them has', async t => {
  const users = [{ name: 'ann', password: 'ann-secret' }, { name: 'bob', password: 'bob-secret' }]
  const grid = await startGrid(t, { ...oneSlot, users })
  const as = (name: string) => basic(name, `${name}-secret`)
  const end = ({ id }: RawSession, name: string): Promise<unknown> => call(`DELETE ${grid.hub}/session/${id}`, as(name))
  const queued = async (): Promise<number> => (await call<{ queued: number }>(`GET ${grid.hub}/metrics`, as('ann'))).body.queued
  const first = await newSession(grid.hub, {}, as('ann'))
  const order: string[] = []
  const waiting: Promise<unknown>[] = []
  for (const name of ['ann', 'ann', 'ann', 'bob']) {
    waiting.push(newSession(grid.hub, {}, as(name)).then(async session => { order.push(name); await end(session, name) }))
    const count = waiting.length
    await until('it waits', async () => await queued() === count)
  }
  await end(first, 'ann')
  await Promise.all(waiting)
  t.ok(order.indexOf('bob') <= 1, `served: ${order.join(', ')}`)
})

t.test('a request that waits too long is told so', async t => {
  const grid = await startGrid(t, { ...oneSlot, 'session.queueTimeout': 0.3 })
  const session = await newSession(grid.hub)
  await t.rejects(newSession(grid.hub), { message: /^500 session not created: .*0\.3 s/ })
  t.equal((await metricsOf(grid.hub)).queued, 0)
  await session.quit()
})

t.test('the queue is bounded', async t => {
  const grid = await startGrid(t, { ...oneSlot, 'session.queueLimit': 1 })
  const session = await newSession(grid.hub)
  const second = newSession(grid.hub)
  await until('it waits', async () => (await metricsOf(grid.hub)).queued === 1)
  await t.rejects(newSession(grid.hub), { message: /^500 session not created: .*queue is full.*queueLimit/ })
  await session.quit()
  await (await second).quit()
})

t.test('a client that does not want to wait is told at once (Selenoid\'s X-Selenoid-No-Wait)', async t => {
  const grid = await startGrid(t, oneSlot)
  const session = await newSession(grid.hub)
  await t.rejects(newSession(grid.hub, {}, { headers: { 'X-Selenoid-No-Wait': '' } }), { message: /does not want to wait/ })
  await session.quit()
})

t.test('a client that hangs up while it queues costs no browser', async t => {
  const grid = await startGrid(t, oneSlot)
  const session = await newSession(grid.hub)
  const hangUp = new AbortController()
  const second = newSession(grid.hub, {}, { signal: hangUp.signal })
  await until('it waits', async () => (await metricsOf(grid.hub)).queued === 1)
  hangUp.abort()
  await t.rejects(second)
  await until('it has left', async () => (await metricsOf(grid.hub)).queued === 0)
  await session.quit()
  await grid.warm()
  t.equal(grid.log.filter(({ msg }) => msg === 'session started').length, 1)
})

t.test('the browser that was being made for a client who hung up stays in the pool', async t => {
  const grid = await startProcess(t, { 'pool.size': 1, 'pool.warm': 0 })
  const hangUp = new AbortController()
  const asked = newSession(grid.hub, {}, { signal: hangUp.signal })
  asked.catch(() => {})
  const [browser] = await until('its browser is being opened', () => {
    const found = browsersAmong(grid.descendants())
    return found.length > 0 && found
  })
  hangUp.abort()
  await t.rejects(asked)
  const session = await newSession(grid.hub)
  t.equal(browserOf(session), browser)
  await session.quit()
  await grid.said('session ended') // written behind the answer
  t.equal(grid.log.filter(({ msg }) => msg === 'session started').length, 1)
})

t.test('a request that nothing here can serve does not queue, and is told what there is', async t => {
  const grid = await startGrid(t, oneSlot)
  const session = await newSession(grid.hub)
  await t.rejects(newSession(grid.hub, { browserName: 'safari' }), { message: /^500 session not created: .*safari.*chrome/ })
  await t.rejects(newSession(grid.hub, { browserVersion: '3' }), { message: /^500 session not created: .*3.*chrome/ })
  await session.quit()
})
