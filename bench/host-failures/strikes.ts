/** A grid of two routers and three agents, each on a machine of its own, and what can happen to them. */
import { setTimeout as pause } from 'node:timers/promises'
import { agentsOf, secret, startAgent, startRouter } from '../../test/support/hosts.js'
import { loseFrom, part, startMachine, type Machine } from '../../test/support/machines.js'
import type { ProcessGrid } from '../../test/support/process-grid.js'
import { until } from '../../test/support/until.js'
import { call } from '../../test/support/webdriver.js'
import type { Scope } from '../suite.js'

/** Sessions of each agent. */
const slots = 3
/** What nobody uses ends after so long, in seconds. */
const idle = 30
/** How long what happened to a host can be felt: until others have noticed that it is over. In milliseconds. */
const felt = 6000

export interface Host {
  readonly name: string
  readonly machine: Machine
  process: ProcessGrid
  /** Starts it again. */
  start (): Promise<void>
}

export interface Cluster {
  readonly routers: readonly Host[]
  readonly agents: readonly Host[]
  readonly log: Log
}

/** What happened to whom, and when. */
export class Log {
  /** How often each kind did. */
  readonly counts = new Map<string, number>()
  readonly #times = new Map<string, { to: number }[]>()
  readonly #killed = new Map<string, number[]>()

  /** Something begins. @param over settles when it is over */
  note (kind: string, host: string, over: Promise<unknown>): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    this.mark(host, over)
  }

  /** @param who a host, or two between which something is lost: `r1a2` */
  mark (who: string, over: Promise<unknown>): void {
    const time = { to: Infinity }
    this.#times.set(who, [...this.#times.get(who) ?? [], time])
    void over.finally(() => { time.to = performance.now() })
  }

  killed (agent: string): void {
    this.#killed.set(agent, [...this.#killed.get(agent) ?? [], performance.now()])
  }

  /** Whether what happened to one of these could be felt since then. */
  struck (names: readonly string[], since: number): boolean {
    return names.some(name => this.#times.get(name)?.some(({ to }) => to + felt > since) === true)
  }

  /** Whether an agent's process was killed since then. */
  killedSince (agent: string, since: number): boolean {
    return this.#killed.get(agent)?.some(at => at > since) === true
  }
}

export async function startCluster (scope: Scope): Promise<Cluster> {
  const hosts = async (names: readonly string[], begin: (name: string, machine: Machine) => Promise<ProcessGrid>): Promise<Host[]> => {
    const made: Host[] = []
    for (const name of names) {
      const machine = await startMachine(scope)
      const host: Host = { name, machine, process: await begin(name, machine), start: async () => { host.process = await begin(name, machine) } }
      made.push(host)
    }
    return made
  }
  const routers = await hosts(['r1', 'r2'], (_name, { address, within }) => startRouter(scope, { 'listen.host': address, 'listen.hubPort': 4444, 'listen.insecure': true, 'grid.host': address, 'grid.port': 4442, 'session.grace': 20, 'session.queueTimeout': 60 }, within))
  const join = routers.map(({ machine }) => `${machine.address}:4442`)
  const agents = await hosts(['a1', 'a2', 'a3'], (name, { address, within }) => startAgent(scope, join, { name, 'grid.host': address, 'grid.port': 4443, 'pool.size': slots, 'session.idleTimeout': idle, 'session.grace': idle }, within))
  return { routers, agents, log: new Log() }
}

/** Resolves when each router says that each agent is there, with nothing in use and a warm browser. */
export async function atPeace ({ routers, agents }: Cluster): Promise<void> {
  const free = async ({ process: { hub } }: Host): Promise<boolean> => {
    const seen = await agentsOf(hub).catch(() => [])
    return seen.length === agents.length && seen.every(({ availability, leased, warm }) => availability === 'UP' && leased === 0 && Object.values(warm).some(count => count > 0))
  }
  for (const router of routers) await until(`${router.name} says that all are free`, () => free(router), 4 * idle * 1000)
}

/** So many milliseconds, at most. */
const some = (most: number): Promise<void> => pause(300 + Math.random() * (most - 300))
const one = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)] as T

type Strike = (host: Host, cluster: Cluster) => Promise<void>

async function kill ({ process: { child, ended } }: Host): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

async function replace (host: Host): Promise<void> {
  host.process.child.kill('SIGTERM')
  await host.process.ended
  await host.start()
}

const freeze = (most: number): Strike => async ({ process: { child } }) => {
  child.kill('SIGSTOP')
  await some(most)
  child.kill('SIGCONT')
}

const pull: Strike = async ({ machine }) => {
  machine.pull()
  await some(9000)
  machine.plug()
}

/** Between one router and one agent. */
const between = (lose: (router: Machine, agent: Machine) => () => void): Strike => async (agent, { routers, log }) => {
  const router = one(routers)
  const heal = lose(router.machine, agent.machine)
  const over = some(9000)
  log.mark(router.name + agent.name, over)
  await over
  heal()
}

const routerStrikes: Readonly<Record<string, Strike>> = {
  'router killed': async host => {
    await kill(host)
    await some(3000)
    await host.start()
  },
  'router replaced': replace,
  'router frozen': freeze(6000),
  'router unplugged': pull
}

const agentStrikes: Readonly<Record<string, Strike>> = {
  'agent killed': async (host, { log }) => {
    log.killed(host.name)
    await kill(host)
    await some(5000)
    await host.start()
  },
  'agent replaced': replace,
  'agent frozen': freeze(9000),
  'agent unplugged': pull,
  'agent flapping': async host => {
    for (let i = 0; i < 4; i++) {
      host.machine.pull()
      await some(4000)
      host.machine.plug()
      await some(3000)
    }
  },
  'agent drained for a while': async ({ name }, { routers }) => {
    const tell = (what: string): Promise<boolean> => call(`POST ${one(routers).process.hub}/api/agents/${name}/${what}`, { headers: { 'X-Registration-Secret': secret } }).then(({ status }) => status === 200, () => false)
    await tell('drain')
    await some(6000)
    await until(`${name} is not drained any more`, () => tell('undrain'))
  },
  'router and agent parted': between(part),
  'one way lost': between((router, agent) => Math.random() < 0.5 ? loseFrom(router, agent) : loseFrom(agent, router))
}

/** Something happens to somebody who is well, as long as another of his kind is. @returns what settles when it is over; undefined when nobody can be struck */
export function strike (cluster: Cluster, busy: Set<Host>): Promise<void> | undefined {
  const { routers, agents, log } = cluster
  const [kind, act] = one(Object.entries({ ...routerStrikes, ...agentStrikes }))
  const well = (kind in routerStrikes ? routers : agents).filter(host => !busy.has(host))
  if (well.length < 2) return undefined
  const host = one(well)
  busy.add(host)
  const over = act(host, cluster).finally(() => busy.delete(host))
  log.note(kind, host.name, over)
  return over
}
