/**
 * A real router before simulated agents: `node router.js SESSIONS ALGORITHM`, the agents' ports on the standard input. Opens so many sessions, and
 * prints what it takes when they come and go, as JSON. Times in milliseconds, memory in MiB.
 */
import '../../src/tuning.js'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { text } from 'node:stream/consumers'
import { Membership } from '../../src/router/membership.js'
import { looksAt, policyOf, type Policy, type PolicyName } from '../../src/router/policies.js'
import { Router } from '../../src/router/router.js'
import { until } from '../../test/support/until.js'
import { median } from '../suite.js'

export interface Measured {
  readonly agents: number
  readonly sessions: number
  /** From the request's arrival at the router to the agent that it is to go to: matching, the queue, whom to look at, and the policy. */
  readonly choices: readonly number[]
  /** Of the policy alone. */
  readonly policies: readonly number[]
  /** From the request's arrival to the message to that agent, JSON and the socket included. */
  readonly asked: readonly number[]
  /** Of work that has nothing to do with it and takes as long when nothing rests: what the machine itself adds after the same pauses. */
  readonly others: readonly number[]
  readonly memory: number
  /** 99th percentile of the event loop's delay, beyond the timer's own resolution. */
  readonly delay: number
  /** Processor time for each second in which nothing is asked for, 0 to 1. */
  readonly idle: number
}

const [, , wanted = '1', algorithm = 'least-connections'] = process.argv
const ports = JSON.parse(await text(process.stdin)) as number[]
const sessions = Number(wanted)
const atOnce = 64
/** How long sessions come and go, in seconds. */
const duration = 10
/** So many end before the first one begins: the agents' word that there is room comes a moment later, and until then there would be no choice. */
const room = Math.ceil(sessions / 100 / 10)
const policies: number[] = []
const choices: number[] = []
const asked: number[] = []
/** Of the request that a choice is made for. */
let arrived = 0
const base = policyOf(algorithm as PolicyName, { routers: () => membership.routers })
const policy: Policy = (agents, of) => {
  const begin = performance.now()
  const chosen = base(agents, of)
  const end = performance.now()
  policies.push(end - begin)
  choices.push(end - arrived)
  return chosen
}
const router = new Router({ policy, looksAt: looksAt(algorithm as PolicyName), queueTimeout: 60_000, queueLimit: 10_000 })
const membership: Membership = new Membership({ router, trust: { by: 'none' }, agents: ports.map(port => `127.0.0.1:${port}`), patience: 2000, log: { info () {}, warn (about, text) { console.error(about, text) } } })
await until('all agents are there', () => membership.agents.filter(({ presence }) => presence === 'there').length === ports.length, 120_000)

const ids: string[] = []
const open = async (): Promise<void> => {
  const request = { candidates: [{ browserName: 'chrome' }], user: '', askedAt: performance.timeOrigin + performance.now(), signal: new AbortController().signal }
  arrived = performance.now()
  const begin = arrived
  const opening = router.newSession(request)
  asked.push(performance.now() - begin)
  ids.push((await opening).id)
}
const openAll = async (count: number): Promise<void> => {
  let left = count
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, async () => { while (left-- > 0) await open() }))
}
const loop = monitorEventLoopDelay({ resolution: 5 })
await openAll(sessions)
if (new Set(ids).size !== sessions) throw new Error('not as many sessions as were asked for')
policies.length = choices.length = asked.length = 0
loop.enable()
// A hundredth of all sessions ends each second, one after the other, and as many begin.
const ended: Array<Promise<void>> = []
const rate = sessions / 100
const begin = performance.now()
for (let seconds = 0; seconds < duration; seconds = (performance.now() - begin) / 1000) {
  while (ended.length < seconds * rate) {
    ended.push(router.endSession(ids.shift() ?? '', 'deleted'))
    if (ended.length > room) await open()
  }
  await pause(1)
}
await Promise.all(ended)
loop.disable()
const { user, system } = process.cpuUsage()
await pause(3000)
const after = process.cpuUsage({ user, system })
global.gc?.()
const memory = process.memoryUsage().rss / 2 ** 20
const others = await otherWork(median(choices))
const result: Measured = {
  agents: ports.length, sessions, choices, policies, asked, others, memory, delay: loop.percentile(99) / 1e6 - 5, idle: (after.user + after.system) / 3e6
}
process.stdout.write(JSON.stringify(result), () => process.exit(0))

/** Two thousand times, each after a rest. @param like how long it is to take without any, in milliseconds */
async function otherWork (like: number): Promise<number[]> {
  let pieces = 1
  const timed = (): number => {
    const begin = performance.now()
    for (let piece = 0; piece < pieces; piece++) JSON.parse(JSON.stringify({ candidates: [{ browserName: 'chrome', piece }] }))
    return performance.now() - begin
  }
  while (median(Array.from({ length: 1001 }, timed)) < like) pieces++
  const times: number[] = []
  while (times.length < 2000) {
    await pause(1)
    times.push(timed())
  }
  return times
}
