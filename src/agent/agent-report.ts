/** What an agent says of itself: to its routers each second, to people when they ask. */
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import { isPlain } from '../protocol/profile.js'
import { offerOf, type AgentStatus, type BrowserOffer, type DevToolsVersion, type HostInfo, type SlotState } from '../protocol/remote-end.js'
import type { AgentEvents } from './events.js'
import type { Pool } from './pool.js'
import type { Slot } from './slot.js'

/** What stays as it is for as long as an agent lives. */
export interface AboutAgent {
  /** 8 hex digits, unlike any other agent's. */
  readonly id: string
  readonly name: string
  readonly version: string
  readonly host: HostInfo
  /** Most sessions at once. */
  readonly capacity: number
  readonly weight: number
  readonly offers: readonly BrowserOffer[]
  readonly limits: { readonly idle: number }
  readonly events: AgentEvents
}

interface Moment {
  readonly draining: boolean
  readonly leased: number
}

export class AgentReport {
  readonly #about: AboutAgent
  readonly #pool: Pool
  readonly #browsers: readonly BrowserOffer[]
  readonly #versions: Record<string, DevToolsVersion> = {}
  readonly #tally = { created: 0, reused: 0, hits: 0, misses: 0, startup: 0 }

  constructor (about: AboutAgent, pool: Pool) {
    this.#about = about
    this.#pool = pool
    this.#browsers = about.offers.map(offerOf)
    this.#count(about.events)
  }

  status ({ draining, leased }: Moment): AgentStatus {
    const { id, name, version, host, capacity, weight, limits } = this.#about
    const { failure } = this.#pool
    return {
      id,
      name,
      version,
      host,
      availability: draining ? 'DRAINING' : failure === undefined ? 'UP' : 'DOWN',
      capacity,
      weight,
      leased,
      ...this.#slots(),
      cpu: Math.min(1, (loadavg()[0] ?? 0) / availableParallelism()),
      memory: 1 - freemem() / totalmem(),
      sessionTimeout: limits.idle,
      browsers: this.#browsers,
      tally: { ...this.#tally },
      ...failure === undefined ? {} : { failure }
    }
  }

  #slots (): Pick<AgentStatus, 'states' | 'warm' | 'devtools'> {
    const states: Record<SlotState, number> = { starting: 0, blank: 0, warm: 0, leased: 0, recycling: 0, dead: 0 }
    for (const slot of this.#pool.slots) {
      states[slot.state]++
      this.#learn(slot)
    }
    return { states, warm: warmOf(this.#pool.slots), devtools: this.#versions }
  }

  /** Remembered: a browser without wishes says the same each time it is opened; with a client's arguments it may call itself anything. */
  #learn ({ browser, offer }: Slot): void {
    if (browser?.devtools !== undefined && isPlain(browser.profile)) this.#versions[offer.browserVersion] = browser.devtools.version
  }

  #count (events: AgentEvents): void {
    const tally = this.#tally
    events.on('moved', (slot, from) => { tally.created += Number(from === 'starting' && slot.state === 'blank') })
    events.on('recycled', () => { tally.reused++ })
    events.on('sessionStarted', ({ poolHit, startupTime }) => {
      tally[poolHit ? 'hits' : 'misses']++
      tally.startup += startupTime
    })
  }
}

/** How many browsers are open and nobody's, by their profiles' keys. */
export function warmOf (slots: Iterable<Slot>): Record<string, number> {
  const warm: Record<string, number> = {}
  for (const { state, browser } of slots) {
    if (state === 'warm' && browser !== undefined) warm[browser.profile.key] = (warm[browser.profile.key] ?? 0) + 1
  }
  return warm
}
