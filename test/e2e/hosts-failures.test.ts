/** What clients see when hosts of a grid die, freeze, come back, are drained or replaced; with real processes and real Chromium. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { agentOf, agentsOf, secret, startAgent, startRouter, warm } from '../support/hosts.js'
import type { Settings } from '../support/grid.js'
import { main, processesNaming } from '../support/process-grid.js'
import { until } from '../support/until.js'
import { call, newSession, rawSession, type RawSession } from '../support/webdriver.js'

const page = { url: 'data:text/html,<title>here</title>' }

/** A session at the agent of this name. */
async function sessionAt (hub: string, name: string): Promise<RawSession> {
  return await newSession(hub, { 'tggrid:options': { labels: { name } } })
}

interface Grid {
  readonly hub: string
  readonly router: Awaited<ReturnType<typeof startRouter>>
  readonly agents: readonly Awaited<ReturnType<typeof startAgent>>[]
}

async function gridOf (t: Test, names: readonly string[], settings: Settings = {}): Promise<Grid> {
  const router = await startRouter(t)
  const agents = await Promise.all(names.map(name => startAgent(t, [router.gridAddress], { name, 'grid.labels': [`name=${name}`], ...settings })))
  await warm(router.hub, names.length)
  return { hub: router.hub, router, agents }
}

t.test('an agent\'s process dies: its sessions\' commands are answered in time, new sessions go elsewhere without an error', async t => {
  const { hub, router, agents: [a1] } = await gridOf(t, ['a1', 'a2'])
  const session = await sessionAt(hub, 'a1')
  a1?.child.kill('SIGKILL')
  const began = performance.now()
  await t.rejects(session.do('GET /title'), /unknown error: .*agent .*127\.0\.0\.1:\d+, which has this session/)
  await t.rejects(session.do('GET /title'), /500 unknown error: agent a1 at 127\.0\.0\.1:\d+, which has this session, cannot be reached/)
  t.ok(performance.now() - began < 3000, 'it waited no longer than patience says')
  const again = performance.now()
  await t.rejects(session.do('GET /title'), /cannot be reached/)
  t.ok(performance.now() - again < 500, 'then it is told at once')
  const sessions = await Promise.all([newSession(hub), newSession(hub)])
  for (const { id } of sessions) t.equal(await agentOf(hub, id), 'a2')
  t.match((await agentsOf(hub)).find(({ name }) => name === 'a1'), { availability: 'DOWN', failure: /cannot be reached/ })
  await Promise.all(sessions.map(session => session.quit()))
  const [, port = ''] = a1?.address.split(':') ?? []
  await startAgent(t, [router.gridAddress], { name: 'a1', 'grid.port': Number(port), 'grid.labels': ['name=a1'] })
  const back = await sessionAt(hub, 'a1')
  await back.do('POST /url', page)
  await back.quit()
})

t.test('an agent\'s process dies while it opens a session: another one opens it, and its client hears nothing of that', async t => {
  const { hub, agents } = await gridOf(t, ['a1', 'a2'])
  const started = (): number[] => processesNaming('--for-an-agent-that-dies')
  const opening = newSession(hub, { 'goog:chromeOptions': { args: ['--for-an-agent-that-dies'] } })
  await until('its browser starts', () => started().length > 0)
  started().forEach(pid => process.kill(pid, 'SIGSTOP')) // so that it takes as long as this test needs
  const first = await until('it is known where', async () => (await agentsOf(hub)).find(({ leased }) => leased > 0)?.name)
  const [dying, other] = first === 'a1' ? [agents[0], 'a2'] : [agents[1], 'a1']
  dying?.child.kill('SIGKILL')
  const session = await opening
  t.equal(await agentOf(hub, session.id), other)
  await session.do('POST /url', page)
  await session.quit()
  await until('nothing is left of it', () => started().length === 0)
})

t.test('an agent freezes: noticed within 3 s, passed over, and its session goes on when it thaws', async t => {
  const { hub, agents: [a1] } = await gridOf(t, ['a1', 'a2'])
  const session = await sessionAt(hub, 'a1')
  await session.do('POST /url', page)
  a1?.child.kill('SIGSTOP')
  const began = performance.now()
  const sessions = await Promise.all([newSession(hub), newSession(hub)])
  t.ok(performance.now() - began < 3000, 'nobody queues behind it')
  for (const { id } of sessions) t.equal(await agentOf(hub, id), 'a2')
  await until('it is noticed', async () => (await agentsOf(hub)).find(({ name }) => name === 'a1')?.availability === 'DOWN', 3500)
  await t.rejects(session.do('GET /title'), /cannot be reached: nothing was heard of it for/)
  a1?.child.kill('SIGCONT')
  t.equal(await until('it is back', () => session.do('GET /title').catch(() => false as const)), 'here')
  await Promise.all([session, ...sessions].map(session => session.quit()))
})

t.test('a router dies in the middle of a test: the test goes on through another one, and through its successor', async t => {
  const { hub, router, agents: [a1] } = await gridOf(t, ['a1'])
  const other = await startRouter(t, { 'grid.agents': [a1?.address ?? ''] })
  await warm(other.hub, 1)
  const session = await newSession(hub)
  await session.do('POST /url', page)
  router.child.kill('SIGKILL')
  await router.ended
  t.equal(await rawSession(other.hub, session.id).do('GET /title'), 'here')
  const port = Number(router.gridAddress.split(':')[1])
  const successor = await startRouter(t, { 'grid.port': port })
  t.equal(await rawSession(successor.hub, session.id).do('GET /title'), 'here', 'it waits for the agent to join again')
  await rawSession(successor.hub, session.id).quit()
  await t.rejects(rawSession(other.hub, session.id).do('GET /title'), /its client deleted it/)
})

t.test('a socket that brought its session ends it, also when its router dies', async t => {
  const { hub, router, agents: [a1] } = await gridOf(t, ['a1'])
  const other = await startRouter(t, { 'grid.agents': [a1?.address ?? ''] })
  await warm(other.hub, 1)
  const socket = new WebSocket(`${hub.replace('http', 'ws')}/cdp`)
  await once(socket, 'open')
  await until('it has a session', async () => (await agentsOf(other.hub))[0]?.leased === 1)
  router.child.kill('SIGKILL')
  await until('its session has ended', async () => (await agentsOf(other.hub))[0]?.leased === 0)
})

t.test('a drained agent gets no new sessions, and its running ones finish or are ended', async t => {
  const { hub, router } = await gridOf(t, ['a1', 'a2'])
  const [kept, late] = [await sessionAt(hub, 'a1'), await sessionAt(hub, 'a1')]
  const drain = spawn(process.execPath, [main, 'drain', 'a1', '--router', router.gridAddress, '--within', '2'], { env: { PATH: process.env['PATH'], TGGRID_SECRET: secret }, stdio: 'inherit' })
  t.strictSame(await once(drain, 'exit'), [0, null])
  await until('it drains', async () => (await agentsOf(hub)).find(({ name }) => name === 'a1')?.availability === 'DRAINING')
  const session = await newSession(hub)
  t.equal(await agentOf(hub, session.id), 'a2')
  t.equal(await kept.do('GET /title'), '')
  await kept.quit()
  await until('the deadline ends the other one', () => late.do('GET /title').then(() => false as const, (error: Error) => /the grid was stopped/.test(error.message)))
  await session.quit()
  const wrong = await call<{ message: string }>(`POST ${hub}/api/agents/a1/drain`)
  t.match(wrong, { status: 403, body: { message: /X-Registration-Secret/ } })
  const shown = { headers: { 'X-REGISTRATION-SECRET': secret } }
  t.match(await call(`POST ${hub}/se/grid/distributor/node/nobody/drain`, shown), { status: 404, body: { message: /no agent "nobody"; there are a1, a2/ } })
  t.match(await call(`POST ${hub}/se/grid/distributor/node/a2/drain`, shown), { status: 200 })
})

t.test('a drain is undone: new sessions begin there again, and running ones go on', async t => {
  const { hub, router, agents: [a1] } = await gridOf(t, ['a1'], { 'session.grace': 20 })
  const tggridDrain = async (...args: string[]): Promise<unknown> => (await once(spawn(process.execPath, [main, 'drain', ...args, '--router', router.gridAddress], { env: { PATH: process.env['PATH'], TGGRID_SECRET: secret }, stdio: ['ignore', 'inherit', 'pipe'] }), 'exit'))[0]
  const availability = async (): Promise<string | undefined> => (await agentsOf(hub))[0]?.availability
  const running = await newSession(hub)
  t.equal(await tggridDrain('a1', '--within', '3'), 0)
  await until('it drains', async () => await availability() === 'DRAINING')
  const waiting = newSession(hub)
  await until('a client waits', async () => (await call<{ queued: number }>(`GET ${hub}/metrics`)).body.queued === 1)
  t.equal(await tggridDrain('a1', '--undo'), 0)
  await (await waiting).quit()
  t.equal(await availability(), 'UP')
  t.equal(await running.do('GET /title'), '')
  t.equal(await tggridDrain('nobody', '--undo'), 1)
  const shown = { headers: { 'X-REGISTRATION-SECRET': secret } }
  t.match(await call(`POST ${hub}/api/agents/a1/undrain`), { status: 403 })
  t.match(await call(`POST ${hub}/api/agents/a1/undrain`, shown), { status: 200, body: { undrained: 'a1' } })
  await a1?.said('new sessions again')
  a1?.child.kill('SIGTERM')
  await until('it stops', async () => await availability() === 'DRAINING')
  t.match(await call(`POST ${hub}/api/agents/a1/undrain`, shown), { status: 409, body: { message: /was told to stop/ } })
  await running.quit()
  t.strictSame(await a1?.ended, { code: 0, signal: null })
})

t.test('an agent that is told to stop while it opens a session opens it, and lets it finish', async t => {
  const { hub, agents: [a1] } = await gridOf(t, ['a1'], { 'session.grace': 20 })
  const opening = newSession(hub, { 'goog:chromeOptions': { args: ['--nobody-has-asked-for-this'] } })
  await until('it is being opened', async () => (await agentsOf(hub))[0]?.leased === 1)
  a1?.child.kill('SIGTERM')
  const session = await opening
  await session.do('POST /url', page)
  t.equal(await session.do('GET /title'), 'here')
  await session.quit()
  t.strictSame(await a1?.ended, { code: 0, signal: null })
})

t.test('agents are replaced one after the other under load: no session fails', async t => {
  const patient = { 'session.grace': 20 }
  const { hub, router, agents } = await gridOf(t, ['a1', 'a2'], patient)
  const stop = new AbortController()
  const failures: string[] = []
  let done = 0
  const client = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const session = await newSession(hub)
        await session.do('POST /url', page)
        if (await session.do('GET /title') !== 'here') throw new Error('another title')
        await session.quit()
        done++
      } catch (error) {
        failures.push((error as Error).message)
      }
    }
  }
  const clients = [client(), client()]
  for (const [at, old] of agents.entries()) {
    await startAgent(t, [router.gridAddress], { name: `b${at}`, 'grid.labels': [`name=b${at}`], ...patient })
    await until('the new one is there', async () => (await agentsOf(hub)).some(({ name, availability }) => name === `b${at}` && availability === 'UP'))
    old.child.kill('SIGTERM')
    await old.ended
  }
  stop.abort()
  await Promise.all(clients)
  t.strictSame(failures, [])
  t.ok(done > 4, `${done} sessions`)
  t.strictSame((await agentsOf(hub)).filter(({ availability }) => availability === 'UP').map(({ name }) => name).sort(), ['b0', 'b1'])
})

t.test('two agents of one name: the second one is left out, and the log says so', async t => {
  const { hub, router } = await gridOf(t, ['a1'])
  await startAgent(t, [router.gridAddress], { name: 'a1' })
  t.match(await router.said(/two agents have the same name/), { agent: 'a1' })
  t.equal((await agentsOf(hub)).length, 1)
})

t.test('a client of a router without agents waits for the first one', async t => {
  const router = await startRouter(t)
  t.match(await call(`GET ${router.hub}/readyz`), { status: 503, body: { message: 'no agent has joined yet' } })
  const waiting = newSession(router.hub)
  await startAgent(t, [router.gridAddress])
  await (await waiting).quit()
})
