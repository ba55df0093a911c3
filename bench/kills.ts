/**
 * Whatever can be killed is, at random moments, while clients work: the agent, containers, their drivers, browsers and pages, and clients. How many
 * sessions end that were not struck, whether the pool is whole again, and what is left. The engine has to be this machine's, and we root.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type Docker from 'dockerode'
import { routeOf } from '../src/protocol/session-id.js'
import { killNow } from '../src/runtime/processes.js'
import { within } from '../src/waits.js'
import { freePort } from '../test/support/free-port.js'
import { leasedOf } from '../test/support/pool.js'
import { startProcess, type ProcessGrid } from '../test/support/process-grid.js'
import { until } from '../test/support/until.js'
import { call, newSession, type RawSession } from '../test/support/webdriver.js'
import { quietWithin } from './density.js'
import { containersOf, docker, engine, runningOf } from './engine.js'
import { atRest } from './new-session.js'
import { timesRow, type Result, type Run } from './suite.js'

const clients = 4
const warm = 3
const size = clients + 2
/** Sessions that nobody uses end after so long, in seconds: such as one whose client hears nothing, since the agent died in the moment of its answer. */
const idle = 20
/** Between two kills, in milliseconds. */
const pauses = { least: 500, most: 3000 }
/** A command that takes longer hangs; a New Session that failed within so long after a kill may have been struck by it. In milliseconds. */
const longest = 60_000
const struckWithin = 5000
/** What is said of a session that has been deleted: an agent that has been killed since does not remember it. */
const over = /its client deleted it|there is no session/
/** What a client hears while no agent listens: it tries again. */
const away = /ECONNREFUSED|ECONNRESET|socket hang up|EPIPE/

/** In a container, by its command line as the engine shows it. */
const targets: Readonly<Record<string, RegExp>> = {
  container: /tggrid-init/,
  driver: /^\S*chromedriver/,
  browser: /^(?!.*--type=).*\/chrom\S* /,
  page: /--type=renderer/
}
const kinds = ['agent', 'client', ...Object.keys(targets)]

interface Seen {
  sessions: number
  readonly times: number[]
  /** Why sessions ended before their time. */
  readonly failures: { readonly why: string, readonly explained: boolean }[]
  readonly strikes: Map<string, number>
  /** The drivers' own ids of sessions in whose container something was killed. */
  readonly struck: Set<string>
  /** When something in a container was killed. */
  struckAt: number
}

export async function kills ({ scope, quick, minutes = quick ? 0.5 : 10, say }: Run): Promise<Result> {
  const name = `bench-${process.pid}-kills`
  const hubPort = await freePort()
  const start = (): Promise<ProcessGrid> => startProcess(scope, { runtime: 'docker', name, 'container.engine': engine, 'pool.size': size, 'pool.warm': warm, 'listen.hubPort': hubPort, 'session.idleTimeout': idle })
  let grid = await start()
  const { hub } = grid
  const agent = routeOf(await newSession(hub).then(async session => { await session.quit(); return session.id }))
  const seen: Seen = { sessions: 0, times: [], failures: [], strikes: new Map(), struck: new Set(), struckAt: -Infinity }
  const end = performance.now() + minutes * 60_000
  const working = Array.from({ length: clients }, () => work(hub, end, seen))
  while (performance.now() < end) {
    await pause(pauses.least + Math.random() * (pauses.most - pauses.least))
    const kind = kinds[Math.floor(Math.random() * kinds.length)] ?? ''
    if (kind === 'agent') {
      grid.child.kill('SIGKILL')
      await grid.ended
      grid = await start()
    } else if (kind === 'client') {
      await vanish(hub)
    } else if (await strike(agent, targets[kind] as RegExp, seen)) {
      seen.struckAt = performance.now()
    } else {
      continue
    }
    seen.strikes.set(kind, (seen.strikes.get(kind) ?? 0) + 1)
    say(`${[...seen.strikes].map(([kind, count]) => `${kind} ${count}`).join(', ')}; ${seen.sessions} sessions, ${seen.failures.length} ended by it`)
  }
  await Promise.all(working)
  const unheard = await leasedOf(hub)
  await until('no session is left', async () => await leasedOf(hub) === 0, 2 * idle * 1000)
  await quietWithin(hub, warm)
  await atRest(hub, warm)
  const { length: containers } = await containersOf(agent)
  grid.child.kill('SIGTERM')
  await grid.ended
  const inContainers = [...seen.strikes].reduce((sum, [kind, count]) => sum + (kind in targets ? count : 0), 0)
  const unexplained = seen.failures.filter(({ explained }) => !explained)
  unexplained.forEach(({ why }) => console.error(why))
  return {
    rows: [timesRow({ suite: 'kills', case: `${seen.sessions} sessions, ${[...seen.strikes].map(([kind, count]) => `${count} × ${kind}`).join(', ')}`, contender: 'tggrid', unit: 'ms', ratio: NaN, reference: '' }, seen.times)],
    targets: [
      { what: 'sessions that ended although nothing of theirs was killed', figure: unexplained.length, bound: 0, is: 'at most', unit: '' },
      { what: 'sessions that ended, for each kill in a container', figure: seen.failures.length / inContainers, bound: 1, is: 'at most', unit: '' },
      { what: 'sessions that no client has heard of, for each kill of an agent', figure: unheard / (seen.strikes.get('agent') ?? NaN), bound: 0.1, is: 'at most', unit: '' },
      { what: 'containers at rest', figure: containers, bound: size + clients, is: 'at most', unit: '' },
      { what: 'containers left when it has ended', figure: (await containersOf(agent)).length, bound: 0, is: 'at most', unit: '' },
      { what: 'processes left when it has ended', figure: grid.descendants().length, bound: 0, is: 'at most', unit: '' }
    ]
  }
}

/** One session after the other, each with some commands. While no agent is there a client tries again: its session is to be there afterwards. */
async function work (hub: string, end: number, seen: Seen): Promise<void> {
  while (performance.now() < end) {
    const begin = performance.now()
    let session: RawSession | undefined
    try {
      session = await persistently(() => newSession(hub))
      await drive(session)
      seen.times.push(performance.now() - begin)
    } catch (error) {
      const explained = session === undefined ? performance.now() - seen.struckAt < struckWithin : seen.struck.has(session.id.slice(8))
      seen.failures.push({ why: (error as Error).message, explained })
      await session?.quit().catch(() => {})
    }
    seen.sessions++
  }
}

async function drive (session: RawSession): Promise<void> {
  await persistently(() => session.do('POST /url', { url: `data:text/html,<title>${session.id}</title>` }))
  for (let i = 0; i < 5; i++) {
    await pause(100)
    const title = await persistently(() => session.do('GET /title'))
    if (title !== session.id) throw new Error(`the title is ${title}`)
  }
  let attempts = 0
  await persistently(() => session.quit().catch(error => { if (attempts++ === 0 || !over.test(String(error))) throw error }))
}

async function persistently<T> (act: () => Promise<T>): Promise<T> {
  const end = performance.now() + longest
  for (;;) {
    try {
      return await within(longest, act())
    } catch (error) {
      if (!away.test((error as Error).message) || performance.now() > end) throw error
      await pause(100)
    }
  }
}

/** A client that hangs up at some moment of its New Session. */
async function vanish (hub: string): Promise<void> {
  await newSession(hub, {}, { signal: AbortSignal.timeout(Math.ceil(Math.random() * 50)) }).then(session => session.quit(), () => {})
}

/** Kills a random one of an agent's processes. @returns whether there was one */
async function strike (agent: string, which: RegExp, { struck }: Seen): Promise<boolean> {
  const containers = (await runningOf(agent)).sort(() => Math.random() - 0.5)
  for (const container of containers) {
    const { Titles, Processes } = await docker.getContainer(container.Id).top().catch(() => ({ Titles: [], Processes: [] })) as { Titles: string[], Processes: string[][] }
    const found = Processes.filter(fields => which.test(fields[Titles.indexOf('CMD')] ?? '')).map(fields => Number(fields[Titles.indexOf('PID')]))
    const pid = found[Math.floor(Math.random() * found.length)]
    if (pid === undefined) continue
    for (const id of await sessionsIn(container)) struck.add(id)
    killNow(pid) // it may have gone meanwhile
    return true
  }
  return false
}

/** Chromedriver's own ids of its sessions. */
async function sessionsIn ({ NetworkSettings }: Docker.ContainerInfo): Promise<string[]> {
  const [network] = Object.values(NetworkSettings.Networks)
  const signal = AbortSignal.timeout(1000)
  const { body } = await call<{ value: { id: string }[] }>(`GET http://${network?.IPAddress}:4444/sessions`, { headers: { Host: 'localhost' }, signal }).catch(() => ({ body: { value: [] } }))
  return body.value.map(({ id }) => id)
}
