/** Hosts with a Docker engine each, on machines whose cables can be pulled; a router on another one, and browsers in containers. */
import playwright from 'playwright-core'
import t, { type Test } from 'tap'
import { newName, noEngine } from '../support/engine.js'
import { agentOf, agentsOf, startAgent, startRouter, warm } from '../support/hosts.js'
import { startMachine, withMachines, type Machine } from '../support/machines.js'
import { noPrivateEngine, startPrivateEngine, type PrivateEngine } from '../support/private-engine.js'
import type { ProcessGrid } from '../support/process-grid.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { newSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(240_000)
const page = { url: 'data:text/html,<title>here</title>' }

/** A machine with an engine. */
interface Host {
  readonly machine: Machine
  readonly engine: PrivateEngine
  /** Its agent, of this name, until the test is over or somebody kills it. */
  start (): Promise<ProcessGrid>
}

async function hostOf (t: Test, name: string, router: string): Promise<Host> {
  const machine = await startMachine(t)
  const engine = await startPrivateEngine(t, 'tggrid/chrome', machine.within)
  const settings = {
    name, runtime: 'docker', 'container.engine': engine.address, 'grid.host': machine.address, 'grid.port': 4445, 'grid.labels': [`name=${name}`], 'pool.size': 2, 'pool.warm': 1, 'session.idleTimeout': 60
  }
  return { machine, engine, start: () => startAgent(t, [router], settings, machine.within) }
}

const sessionAt = (hub: string, name: string): Promise<RawSession> => newSession(hub, { 'tggrid:options': { labels: { name } } })

/** Containers with a browser. */
const running = async ({ engine }: Host): Promise<string[]> => (await engine.docker.listContainers()).map(({ Id }) => Id)

await withMachines(t, { file: import.meta.url, lacking: noEngine || noPrivateEngine }, async () => {
  const front = await startMachine(t)
  const { hub, gridAddress } = await startRouter(t, { 'listen.host': front.address, 'listen.insecure': true, 'grid.host': front.address }, front.within)
  const suffix = newName()
  const names = [`one-${suffix}`, `two-${suffix}`] as const
  const [one, two] = await Promise.all([hostOf(t, names[0], gridAddress), hostOf(t, names[1], gridAddress)])
  const agents = await Promise.all([one.start(), two.start()])
  await warm(hub, 2)

  t.test('sessions are in containers of both engines, by each protocol, with the router\'s address alone', async t => {
    const sessions = await Promise.all(names.map(name => sessionAt(hub, name)))
    for (const session of sessions) {
      await session.do('POST /url', page)
      t.equal(await session.do('GET /title'), 'here')
    }
    t.strictSame(await Promise.all(sessions.map(({ id }) => agentOf(hub, id))), names)
    for (const host of [one, two]) t.ok((await running(host)).length > 0)
    const browser = await playwright.chromium.connectOverCDP(`${ws(hub)}/cdp`)
    const tab = await browser.newPage()
    await tab.goto(page.url)
    t.equal(await tab.title(), 'here')
    await browser.close()
    await Promise.all(sessions.map(session => session.quit()))
    await until('all is free', async () => (await agentsOf(hub)).every(({ leased }) => leased === 0))
  })

  t.test('an agent that is killed and started again goes on with its sessions; nobody else\'s client notices', async t => {
    const [kept, other] = await Promise.all(names.map(name => sessionAt(hub, name))) as [RawSession, RawSession]
    await kept.do('POST /url', page)
    agents[0].child.kill('SIGKILL')
    await agents[0].ended
    await t.rejects(kept.do('GET /title'), /agent one-.* at 10\.0\..*cannot be reached|the agent at .*, which has this session/)
    const meanwhile = await newSession(hub)
    t.equal(await agentOf(hub, meanwhile.id), names[1])
    agents[0] = await one.start()
    t.equal(await until('its session goes on', () => kept.do('GET /title').catch(() => false as const), 30_000), 'here')
    t.equal(await other.do('GET /title'), '')
    await Promise.all([kept, other, meanwhile].map(session => session.quit()))
    await until('all is free', async () => (await agentsOf(hub)).every(({ leased, availability }) => leased === 0 && availability === 'UP'))
  })

  t.test('a host whose cable is pulled: its sessions are elsewhere by now, and when it is back its own go on or are removed', async t => {
    await warm(hub, 2)
    const session = await sessionAt(hub, names[1])
    await session.do('POST /url', page)
    two.machine.pull()
    const elsewhere = await Promise.all([newSession(hub), newSession(hub)])
    for (const { id } of elsewhere) t.equal(await agentOf(hub, id), names[0])
    await until('it is noticed', async () => (await agentsOf(hub)).find(({ name }) => name === names[1])?.availability === 'DOWN', 10_000)
    await t.rejects(session.do('GET /title'), /500 unknown error: agent two-.*, which has this session, cannot be reached: nothing was heard of it for/)
    two.machine.plug()
    t.equal(await until('it is back', () => session.do('GET /title').catch(() => false as const), 30_000), 'here')
    await Promise.all([session, ...elsewhere].map(session => session.quit()))
    await until('all is free', async () => (await agentsOf(hub)).every(({ leased }) => leased === 0))
  })

  t.test('agents that are told to stop leave nothing in their engines', async t => {
    for (const agent of agents) agent.child.kill('SIGTERM')
    await Promise.all(agents.map(({ ended }) => ended))
    for (const host of [one, two]) t.strictSame(await running(host), [])
  })
})
