/** As many sessions at once as the machine is to hold, each having opened a page and answering: their memory, the time to have them, what they cost when idle. */
import { setTimeout as pause } from 'node:timers/promises'
import { routeOf } from '../src/protocol/session-id.js'
import { startProcess } from '../test/support/process-grid.js'
import { newSession } from '../test/support/webdriver.js'
import { processorTime } from './containers.js'
import { docker, engine, runningOf } from './engine.js'
import { quiet } from './new-session.js'
import type { Result, Run } from './suite.js'

export async function density ({ scope, quick, say }: Run): Promise<Result> {
  const count = quick ? 30 : 120
  const grid = await startProcess(scope, { runtime: 'docker', name: `bench-${process.pid}-density`, 'container.engine': engine, 'pool.size': count, 'pool.warm': count, 'pool.launchTimeout': 120_000, 'session.queueTimeout': 600 })
  const begin = performance.now()
  say(`warming ${count}`)
  await quietWithin(grid.hub, count)
  const warming = performance.now() - begin
  say('opening a page in each')
  const sessions = await Promise.all(Array.from({ length: count }, () => newSession(grid.hub, { browserName: 'chrome' })))
  for (const session of sessions) await session.do('POST /url', { url: 'data:text/html,<title>one of many</title>' })
  for (const session of sessions) if (await session.do('GET /title') !== 'one of many') throw new Error(`session ${session.id} does not answer`)
  const memory = await memoryOf(routeOf(sessions[0]?.id ?? ''))
  await pause(3000)
  const busy = processorTime()
  await pause(10_000)
  const idle = (processorTime() - busy) / 10_000
  const row = (what: string, value: number, unit: 'ms' | 'MiB') => ({ suite: 'density', case: what, contender: 'tggrid', p50: value, p99: value, perSecond: NaN, unit, ratio: NaN, reference: '' })
  return {
    rows: [row(`${count} sessions at once: memory of each`, memory, 'MiB'), row(`${count} warm browsers: time to have them`, warming, 'ms'), row(`${count} idle sessions: processor time in a second`, idle * 1000, 'ms')],
    targets: [{ what: `${count} sessions at once, memory of each`, figure: memory, bound: 160, is: 'at most', unit: 'MiB' }]
  }
}

/** As `quiet`, for pools that need minutes. */
export async function quietWithin (hub: string, count: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await quiet(hub, count)
    } catch (error) {
      if (attempt > 40) throw error
    }
  }
}

/** What the kernel charges to all containers of an agent, less what it could take back at once, divided by their number; in MiB. */
async function memoryOf (agent: string): Promise<number> {
  const all = await runningOf(agent)
  const used = await Promise.all(all.map(async ({ Id }) => {
    const { memory_stats: { usage = 0, stats = {} } } = await docker.getContainer(Id).stats({ stream: false }) as unknown as { memory_stats: { usage?: number, stats?: Record<string, number> } }
    return usage - (stats['total_inactive_file'] ?? stats['inactive_file'] ?? 0)
  }))
  return used.reduce((sum, bytes) => sum + bytes, 0) / used.length / 2 ** 20
}
