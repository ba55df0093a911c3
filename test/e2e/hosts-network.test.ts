/** Cables between hosts are pulled: each router and each agent is on a machine of its own, with real Chromium. */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { agentOf, agentsOf, startAgent, startRouter, warm, type AgentSeen } from '../support/hosts.js'
import { loseFrom, part, startMachine, withMachines, type Machine } from '../support/machines.js'
import { processesNaming } from '../support/process-grid.js'
import { openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession, rawSession, type RawSession } from '../support/webdriver.js'

const page = { url: 'data:text/html,<title>here</title>' }
/** What no browser is open for: it has to be launched. */
const launched = (flag: string): object => ({ 'goog:chromeOptions': { args: [flag] } })
/** A lost host is noticed within 3 s; a machine that is busy gets so many. */
const noticed = 5
/** Sessions of each agent. */
const size = 3

type Router = Awaited<ReturnType<typeof startRouter>>

async function routerOn (t: Test, { address, within }: Machine): Promise<Router> {
  return await startRouter(t, { 'listen.host': address, 'listen.insecure': true, 'grid.host': address }, within)
}

async function agentOn (t: Test, { address, within }: Machine, routers: readonly Router[], name: string): Promise<void> {
  const join = routers.map(({ gridAddress }) => gridAddress)
  await startAgent(t, join, { name, 'grid.host': address, 'grid.labels': [`name=${name}`], 'pool.size': size, 'session.idleTimeout': 60, 'edge.pingInterval': 2 }, within)
}

function sessionAt (hub: string, name: string, wishes: object = {}, signal?: AbortSignal): Promise<RawSession> {
  return newSession(hub, { 'tggrid:options': { labels: { name } }, ...wishes }, signal === undefined ? {} : { signal })
}

/** What went wrong, in words. */
const failed = (work: Promise<unknown>): Promise<string> => work.then(() => 'nothing', (error: Error) => error.message)

async function seen (hub: string, name: string): Promise<AgentSeen | undefined> {
  return (await agentsOf(hub)).find(agent => agent.name === name)
}

/** Resolves when a router believes so of an agent; in seconds, since it was called. */
async function shown (hub: string, name: string, availability: string): Promise<number> {
  const began = performance.now()
  await until(`${name} is ${availability}`, async () => (await seen(hub, name))?.availability === availability)
  return (performance.now() - began) / 1000
}

async function leased (hub: string): Promise<number> {
  return (await agentsOf(hub)).reduce((sum, { leased }) => sum + leased, 0)
}

async function queued (hub: string): Promise<number> {
  return (await call<{ queued: number }>(`GET ${hub}/metrics`)).body.queued
}

await withMachines(t, { file: import.meta.url }, async () => {
  const machines = { r1: await startMachine(t), r2: await startMachine(t), a1: await startMachine(t), a2: await startMachine(t) }
  const routers = await Promise.all([routerOn(t, machines.r1), routerOn(t, machines.r2)])
  const [hub, second] = routers.map(({ hub }) => hub) as [string, string]
  await Promise.all([agentOn(t, machines.a1, routers, 'a1'), agentOn(t, machines.a2, routers, 'a2')])
  await Promise.all([warm(hub, 2), warm(second, 2)])

  t.test('a host whose cable is pulled: noticed within 3 s, its clients are told, others take over; when it is back its orphans are removed', async t => {
    const socket = await openSocket(`${ws(hub)}/cdp`)
    const [lost, other] = (await seen(hub, 'a1'))?.leased === 1 ? ['a1', 'a2'] as const : ['a2', 'a1'] as const
    const session = await sessionAt(hub, lost)
    await session.do('POST /url', page)
    const inFlight = failed(session.do('POST /execute/async', { script: 'setTimeout(arguments[0], 8000)', args: [] }))
    const opening = sessionAt(hub, lost, launched('--for-a-lost-host'))
    await until('its browser starts', () => processesNaming('--for-a-lost-host').length > 0)
    machines[lost].pull()
    const down = shown(hub, lost, 'DOWN')
    const elsewhere = await Promise.all([newSession(hub), newSession(second)])
    for (const { id } of elsewhere) t.equal(await agentOf(hub, id), other)
    const seconds = await down
    t.ok(seconds < noticed, `noticed after ${seconds.toFixed(2)} s`)
    const began = performance.now()
    await t.rejects(session.do('GET /title'), /500 unknown error: agent a\d at 10\.0\..*, which has this session, cannot be reached: nothing was heard of it for/)
    t.ok(performance.now() - began < 1000, 'told at once')
    t.match(await inFlight, /unknown error: the agent at .*, which has this session: nothing was heard of it for/, 'what was on its way is answered too')
    if (socket.readyState !== socket.CLOSED) await once(socket, 'close')
    machines[lost].plug()
    t.comment(`back after ${(await shown(hub, lost, 'UP')).toFixed(2)} s`)
    t.equal(await session.do('GET /title'), 'here', 'whose client has waited goes on')
    const opened = await opening
    t.equal(await agentOf(hub, opened.id), lost, 'who can have no other host has waited for it')
    await until('nothing else is left there', async () => (await seen(hub, lost))?.leased === 2)
    await opened.quit()
    await (await sessionAt(hub, lost)).quit()
    await Promise.all([session, ...elsewhere].map(session => session.quit()))
    await until('nothing is left', async () => await leased(hub) === 0)
  })

  t.test('a partition between one router and one agent: that router goes elsewhere; no slot is counted twice, none is lost', async t => {
    const held = await sessionAt(hub, 'a1')
    const leaves = new AbortController()
    const opening = failed(sessionAt(second, 'a1', launched('--for-a-lost-router'), leaves.signal))
    await until('its browser starts', () => processesNaming('--for-a-lost-router').length > 0)
    const heal = part(machines.r2, machines.a1)
    const seconds = await shown(second, 'a1', 'DOWN')
    t.ok(seconds < noticed, `noticed after ${seconds.toFixed(2)} s`)
    t.equal((await seen(hub, 'a1'))?.availability, 'UP')
    await until('what was being opened for it has gone', async () => (await seen(hub, 'a1'))?.leased === 1)
    t.equal(await queued(second), 1, 'its client waits for a1 again')
    leaves.abort()
    await opening
    await t.rejects(rawSession(second, held.id).do('GET /title'), /agent a1 at .* cannot be reached/)
    t.equal(await held.do('GET /title'), '', 'by the other router it goes on')

    const there = await Promise.all(Array.from({ length: size }, () => newSession(second)))
    for (const { id } of there) t.equal(await agentOf(hub, id), 'a2')
    const here = await Promise.all(Array.from({ length: size - 1 }, () => newSession(hub)))
    const waiting = [newSession(second), newSession(hub)] as const
    await until('both wait: there are no more', async () => await queued(second) === 1 && await queued(hub) === 1)
    t.equal(await leased(hub), 2 * size)
    await held.quit()
    const served = await waiting[1]
    t.equal(await agentOf(hub, served.id), 'a1')
    t.equal(await queued(second), 1, 'what it cannot reach it does not get')

    heal()
    t.comment(`back after ${(await shown(second, 'a1', 'UP')).toFixed(2)} s`)
    await until('both count the same', async () => await leased(second) === 2 * size && await leased(hub) === 2 * size)
    await rawSession(second, served.id).quit()
    const last = await waiting[0]
    t.equal(await agentOf(second, last.id), 'a1', 'a slot of it reaches who waits there')
    await Promise.all([...there, ...here, last].map(({ id }, at) => rawSession(at % 2 === 0 ? second : hub, id).quit()))
    for (const at of [hub, second]) await until('all can be had again', async () => await leased(at) === 0 && (await agentsOf(at)).every(({ availability, capacity }) => availability === 'UP' && capacity === size))
  })

  t.test('what is sent one way only is lost: that is noticed too', async t => {
    const session = await sessionAt(hub, 'a2')
    await session.do('POST /url', page)
    const heal = loseFrom(machines.r1, machines.a2)
    await t.rejects(session.do('GET /title'), /unknown error: the agent at .*, which has this session: /)
    await t.rejects(session.do('GET /title'), /500 unknown error: agent a2 at .*, which has this session, cannot be reached/)
    heal()
    await shown(hub, 'a2', 'UP')
    t.equal(await session.do('GET /title'), 'here')
    await session.quit()
  })
})
