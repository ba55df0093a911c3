/** Browsers that are kept open whether anybody asks or not: the default ones from the start, others when the API is told to. */
import type { Capabilities } from '../protocol/capabilities.js'
import { playwrightCapability } from '../protocol/playwright.js'
import { profileOf } from '../protocol/profile.js'
import { wished } from '../protocol/wished.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Demand } from './demand.js'
import type { AgentEvents } from './events.js'
import type { Pool } from './pool.js'

export interface PrewarmingOptions {
  readonly pool: Pool
  readonly demand: Demand
  /** The newest of each name first. */
  readonly offers: readonly BrowserOffer[]
  /** Most browsers at once. */
  readonly size: number
  /** Who may use them: contexts of a browser are one user's. Not empty. */
  readonly users: readonly string[]
  readonly events: AgentEvents
}

export class Prewarming {
  readonly #options: PrewarmingOptions

  constructor (options: PrewarmingOptions) {
    this.#options = options
  }

  /** What can be asked for. */
  get browserNames (): string[] {
    return [...new Set(this.#drivers.map(({ browserName }) => browserName))]
  }

  /** Keeps so many sessions without any wishes open; of the first browser there is when none has this name. */
  keepDefault (browser: string, count: number): void {
    const offer = this.#offer(browser) ?? this.#drivers[0]
    if (offer === undefined) throw new Error('no browsers to keep open')
    this.#keep(offer, { browserName: offer.browserName }, count)
  }

  /** Keeps so many open for clients of the newest Playwright there is, launched as it launches without any options. */
  keepPlaywright (count: number): void {
    const offer = this.#options.offers.find(({ playwright }) => playwright !== undefined)
    if (offer?.playwright === undefined || count === 0) return
    this.#keep(offer, { [playwrightCapability]: { version: offer.playwright, options: {} } }, count)
  }

  /** Resolves with how many are open and free once that many are, or all for which there is room. Undefined: no such browser. */
  async prewarm (browser: string, count: number, signal: AbortSignal): Promise<number | undefined> {
    const offer = this.#offer(browser)
    if (offer === undefined) return undefined
    const wanted = Math.min(count, this.#options.size)
    this.#keep(offer, { browserName: offer.browserName }, wanted)
    return await this.#until(ready => ready >= Math.min(wanted, this.#options.pool.room) || this.#options.pool.failure !== undefined, signal)
  }

  /** Resolves when all that is to be warm is, or when launches fail. */
  async reached (progress: (ready: number, wanted: number) => void): Promise<void> {
    const { demand, pool } = this.#options
    await this.#until(() => {
      const targets = demand.targets()
      const wanted = targets.reduce((sum, { count }) => sum + count, 0)
      const ready = targets.reduce((sum, { profile, count }) => sum + Math.min(count, pool.ready(profile.key)), 0)
      progress(ready, wanted)
      return ready >= wanted || pool.failure !== undefined
    }, new AbortController().signal)
  }

  #offer (name: string): BrowserOffer | undefined {
    return this.#drivers.find(({ browserName }) => browserName === name)
  }

  /** Those that WebDriver's clients get. */
  get #drivers (): BrowserOffer[] {
    return this.#options.offers.filter(({ playwright }) => playwright === undefined)
  }

  #keep (offer: BrowserOffer, candidate: Capabilities, count: number): void {
    const { demand, pool, users } = this.#options
    const wishes = users.map(user => wished(offer, candidate, user).offer)
    const kinds = new Map(wishes.map(offer => [profileOf(candidate, offer).key, offer]))
    const [each, rest] = [Math.floor(count / kinds.size), count % kinds.size]
    for (const [index, offer] of [...kinds.values()].entries()) demand.pin(profileOf(candidate, offer), offer, each + (index < rest ? 1 : 0))
    pool.refill()
  }

  /** Looks at the number of warm browsers after each move, until it will do. */
  #until (enough: (ready: number) => boolean, signal: AbortSignal): Promise<number> {
    const { pool, events } = this.#options
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const ready = [...pool.slots].filter(({ state }) => state === 'warm').length
        if (signal.aborted || enough(ready)) finish(ready)
      }
      const finish = (ready: number): void => {
        events.off('moved', look).off('launchFailed', look)
        signal.removeEventListener('abort', look)
        if (signal.aborted) reject(signal.reason)
        else resolve(ready)
      }
      events.on('moved', look).on('launchFailed', look)
      signal.addEventListener('abort', look)
      look()
    })
  }
}
