/**
 * `node run.js MINUTES`, in a network of its own: whatever can fail between hosts does, at random moments, while clients work through both routers.
 * Prints what was lost, as JSON.
 */
import '../../src/tuning.js'
import { setTimeout as pause } from 'node:timers/promises'
import { within } from '../../src/waits.js'
import { agentsOf } from '../../test/support/hosts.js'
import { openNetwork } from '../../test/support/machines.js'
import { newSession, rawSession, type RawSession } from '../../test/support/webdriver.js'
import { Scope } from '../suite.js'
import { atPeace, startCluster, strike, type Host } from './strikes.js'

export interface Lost {
  /** That went well from New Session to its end. */
  readonly sessions: number
  /** Of New Session, in milliseconds. */
  readonly times: readonly number[]
  readonly strikes: Readonly<Record<string, number>>
  /** What clients were told instead of a session. */
  readonly refused: readonly string[]
  /** Why sessions ended whose agent's process had not been killed. */
  readonly lost: readonly string[]
  /** Sessions that ended with their agent's process. */
  readonly killed: number
  /** Processes and files that were there when all had ended. */
  readonly left: readonly string[]
}

const clients = 5
/** A command that takes longer hangs, in milliseconds. */
const longest = 70_000
/** A client's own patience with a host that is struck, in milliseconds. */
const patience = 25_000
/** A client's connection to a router that has gone: its load balancer takes another one. */
const unheard = /ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EINVAL|ETIMEDOUT|EPIPE|socket hang up|the grid is stopping/
/** A router that was started while a host could not be reached has not met it yet. */
const away = /which has this session|there is no session/
/** Of a session that was deleted by a request whose answer was lost. */
const over = /its client deleted it|there is no session/

const scope = new Scope()
const minutes = Number(process.argv[2])
const refused: string[] = []
const lost: string[] = []
const times: number[] = []
let sessions = 0
let killed = 0

openNetwork()
const cluster = await startCluster(scope)
const { routers, agents, log } = cluster
await atPeace(cluster)
const names = new Map((await agentsOf(routers[0]?.process.hub ?? '')).map(({ id, name }) => [id, name]))
const end = performance.now() + minutes * 60_000
const router = (): Host => routers[Math.floor(Math.random() * routers.length)] as Host

await Promise.all([strikes(), ...Array.from({ length: clients }, work)])
await atPeace(cluster)
const left: string[] = []
for (const { name, process: { child, ended, leftovers, descendants } } of [...agents, ...routers]) {
  child.kill('SIGTERM')
  const { code } = await ended
  if (code !== 0) left.push(`${name} ended with ${code}`)
  left.push(...leftovers().map(file => `${name}: ${file}`), ...descendants().map(pid => `${name}: process ${pid}`))
}
const result = { sessions, times, strikes: Object.fromEntries(log.counts), refused, lost, killed, left } satisfies Lost
await scope.end()
process.stdout.write(JSON.stringify(result), () => process.exit())

async function strikes (): Promise<void> {
  const busy = new Set<Host>()
  const all: Promise<void>[] = []
  while (performance.now() < end) {
    await pause(500 + Math.random() * 3500)
    const over = strike(cluster, busy)
    if (over === undefined) continue
    all.push(over)
    if (Math.random() < 0.6) await over
  }
  await Promise.all(all)
}

/** One session after the other, through whichever router. */
async function work (): Promise<void> {
  while (performance.now() < end) {
    const session = await open()
    if (session === undefined) continue
    const agent = names.get(session.id.slice(0, 8)) ?? ''
    const began = performance.now()
    try {
      await use(session.id, agent)
      sessions++
    } catch (error) {
      if (log.killedSince(agent, began - 500)) killed++
      else lost.push(`${agent}: ${(error as Error).message}`)
    }
  }
}

async function open (): Promise<RawSession | undefined> {
  const { name, process: { hub } } = router()
  const began = performance.now()
  try {
    const session = await within(longest, newSession(hub))
    times.push(performance.now() - began)
    return session
  } catch (error) {
    const { message } = error as Error
    if (!(unheard.test(message) && log.struck([name], began))) refused.push(`${name}: ${message}`)
    await pause(100)
    return undefined
  }
}

async function use (id: string, agent: string): Promise<void> {
  const command = (what: string, body?: unknown): Promise<unknown> => patiently(agent, hub => rawSession(hub, id).do(what, body))
  await command('POST /url', { url: `data:text/html,<title>${id}</title>` })
  for (let i = 0; i < 5; i++) {
    await pause(50 + Math.random() * 350)
    const title = await command('GET /title')
    if (title !== id) throw new Error(`the title is ${title}`)
  }
  await command('DELETE ').catch((error: unknown) => { if (!over.test(String(error))) throw error })
}

/** Tries again while what was struck can be the reason. */
async function patiently<T> (agent: string, act: (hub: string) => Promise<T>): Promise<T> {
  const until = performance.now() + patience
  for (;;) {
    const { name, process: { hub } } = router()
    const began = performance.now()
    try {
      return await within(longest, act(hub))
    } catch (error) {
      const { message } = error as Error
      const gone = unheard.test(message) && log.struck([name], began)
      const apart = away.test(message) && log.struck([name, agent, name + agent], began)
      if (!(gone || apart) || performance.now() > until) throw error
      await pause(150)
    }
  }
}
