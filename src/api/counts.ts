/** What has happened since the start, counted: the one subscriber of the agent's events that remembers numbers. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AgentEvents } from '../agent/events.js'
import type { AgentStatus, RemoteEnd, SlotState, Tally } from '../protocol/remote-end.js'
import { addAgentNumbers } from './agent-numbers.js'

/** The guide's `GET /metrics`, as JSON. */
export interface PoolMetrics {
  readonly poolSize: number
  /** Slots with a browser: warm, leased or being cleaned. */
  readonly activeContainers: number
  /** Places made: drivers started, or containers. */
  readonly totalCreated: number
  /** Slots that were cleaned and made ready again. */
  readonly totalReused: number
  readonly poolHits: number
  readonly poolMisses: number
  /** From request to open session, in milliseconds; 0 before the first. */
  readonly avgStartupTime: number
  /** Browsers that wait for a client. */
  readonly warm: number
  readonly leased: number
  readonly queued: number
}

const shown: readonly SlotState[] = ['starting', 'blank', 'warm', 'leased', 'recycling']
const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export class Counts {
  readonly registry = new Registry()
  readonly #remote: RemoteEnd

  constructor (remote: RemoteEnd, events: AgentEvents) {
    this.#remote = remote
    this.#count(events)
    addAgentNumbers(this.registry, () => this.#remote.status().agents)
    this.#gauge('tggrid_slots', 'Slots by state', ['state'], gauge => {
      const states = statesOf(this.#remote.status().agents)
      shown.forEach(state => gauge.set({ state }, states[state]))
    })
    this.#gauge('tggrid_queue_length', 'Clients who wait for a browser', [], gauge => gauge.set(this.#remote.status().queue.length))
    this.#gauge('tggrid_capacity', 'Most sessions at once', [], gauge => gauge.set(capacityOf(this.#remote.status().agents)))
  }

  json (): PoolMetrics {
    const { agents, queue } = this.#remote.status()
    const states = statesOf(agents)
    const sum = (part: keyof Tally): number => agents.reduce((sum, { tally }) => sum + tally[part], 0)
    const sessions = sum('hits') + sum('misses')
    return {
      poolSize: capacityOf(agents),
      activeContainers: states.warm + states.leased + states.recycling,
      totalCreated: sum('created'),
      totalReused: sum('reused'),
      poolHits: sum('hits'),
      poolMisses: sum('misses'),
      avgStartupTime: sessions === 0 ? 0 : Math.round(sum('startup') / sessions * 100) / 100,
      warm: states.warm,
      leased: states.leased,
      queued: queue.length
    }
  }

  #count (events: AgentEvents): void {
    const registers = [this.registry]
    const sessions = new Counter({ name: 'tggrid_sessions_total', help: 'Sessions, by whether they were open before they were asked for', labelNames: ['pool'], registers })
    const ended = new Counter({ name: 'tggrid_sessions_ended_total', help: 'Sessions that have ended, by why', labelNames: ['reason'], registers })
    const startup = new Histogram({ name: 'tggrid_session_startup_seconds', help: 'From request to open session', labelNames: ['pool'], buckets: seconds, registers })
    const launch = new Histogram({ name: 'tggrid_launch_seconds', help: 'Opening a browser', buckets: seconds, registers })
    const recycle = new Histogram({ name: 'tggrid_recycle_seconds', help: 'Cleaning a slot', buckets: seconds, registers })
    const failures = new Counter({ name: 'tggrid_launch_failures_total', help: 'Drivers and browsers that did not come up', registers })
    const uncleaned = new Counter({ name: 'tggrid_uncleaned_total', help: 'Slots thrown away because they could not be cleaned', registers })
    events.on('sessionStarted', ({ poolHit, startupTime }) => {
      const pool = poolHit ? 'hit' : 'miss'
      sessions.inc({ pool })
      startup.observe({ pool }, startupTime / 1000)
    })
    events.on('sessionEnded', (_session, reason) => ended.inc({ reason }))
    events.on('launched', (_slot, _profile, ms) => launch.observe(ms / 1000))
    events.on('launchFailed', () => failures.inc())
    events.on('uncleaned', () => uncleaned.inc())
    events.on('recycled', (_slot, ms) => recycle.observe(ms / 1000))
  }

  /** Gauges are read when they are asked for. */
  #gauge (name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({ name, help, labelNames, registers: [this.registry], collect: () => read(gauge) })
  }
}

function statesOf (agents: readonly AgentStatus[]): Record<SlotState, number> {
  const sum = (state: SlotState): number => agents.reduce((sum, { states }) => sum + states[state], 0)
  return { starting: sum('starting'), blank: sum('blank'), warm: sum('warm'), leased: sum('leased'), recycling: sum('recycling'), dead: 0 }
}

function capacityOf (agents: readonly AgentStatus[]): number {
  return agents.reduce((sum, { capacity }) => sum + capacity, 0)
}
