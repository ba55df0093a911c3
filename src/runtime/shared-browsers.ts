/** Browsers that are shared: which one a session gets a seat in, when there is to be another, and when one is not to get any more. */
import type { Capabilities } from '../protocol/capabilities.js'
import { browserKey } from '../protocol/context.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Place } from './runtime.js'
import { writeNote, type SharedNote } from './shared-note.js'

export interface SharingLimits {
  /** Most sessions of one browser at the same time: so many end when it crashes. */
  readonly sessions: number
  /** Sessions after which a browser gets no further ones. */
  readonly uses: number
  /** Age from which on it gets none, in milliseconds. */
  readonly age: number
  /** Memory from which on it gets none, in MB. */
  readonly memory: number
}

/** One shared browser; its driver launches it with the first session. */
export interface SharedBrowser {
  readonly place: Place
  /** Whose it is. */
  readonly user: string
  /** What is to be the same for all of its sessions. */
  readonly key: string
  readonly born: number
  /** Sessions that it has now, and had in all. */
  seats: number
  served: number
  /** It gets no further sessions, and goes with its last one. */
  retired: boolean
  /** Something that went wrong in it is being undone: until then it is not known whether it is well. */
  doubt: Promise<void> | undefined
  /** What a restarted agent has to know of each session that somebody has, by the number of its context. */
  readonly records: Map<number, () => string>
}

/** How long a browser is kept that nobody uses, in milliseconds. */
const longestIdle = 30_000
/** How long the commands of its last sessions get for the driver's own word on what happened, in milliseconds. */
const lastAnswer = 1000

export class SharedBrowsers {
  readonly #start: (offer: BrowserOffer, signal: AbortSignal) => Promise<Place>
  readonly #limits: SharingLimits
  readonly #living = new Set<SharedBrowser>()
  /** Under way, by their keys. */
  readonly #starting = new Map<string, Promise<SharedBrowser>>()
  #closed = false

  constructor (start: (offer: BrowserOffer, signal: AbortSignal) => Promise<Place>, limits: SharingLimits) {
    this.#start = start
    this.#limits = limits
  }

  /**
   * A seat in a browser that has room, the one with the fewest sessions, so that a crash costs few; or in a new one. Whoever gets it gives it
   * back by `leave`.
   */
  async seat (offer: BrowserOffer, capabilities: Capabilities, signal: AbortSignal): Promise<SharedBrowser> {
    const key = `${offer.browserVersion} ${JSON.stringify([offer.context?.user, offer.place])} ${browserKey(capabilities)}`
    for (;;) {
      const free = this.#free(key)
      if (free !== undefined) return this.#sit(free)
      const doubtful = this.#free(key, true)
      if (doubtful !== undefined) {
        await doubtful.doubt
        continue
      }
      // One at a time: those who wait find room in it, or start the next. That another one's could not be started, or not in his time, is not their failure.
      const others = this.#starting.get(key)
      const started = await (others?.catch(() => undefined) ?? this.#launch(key, offer, signal))
      signal.throwIfAborted()
      if (started !== undefined && started.seats < this.#limits.sessions && !started.retired) return this.#sit(started)
    }
  }

  leave (browser: SharedBrowser): void {
    browser.seats--
    if (this.#isWornOut(browser)) browser.retired = true
    if (browser.seats > 0) return
    if (browser.retired) this.#end(browser)
    else setTimeout(() => { if (browser.seats === 0) this.#end(browser) }, longestIdle).unref()
  }

  #end (browser: SharedBrowser): void {
    browser.retired = true
    void browser.place.destroy()
  }

  /** Somebody has this session of it from now on, or nobody any more: where the browser outlives its agent, that is written there. */
  record (browser: SharedBrowser, context: number, record: (() => string) | undefined): void {
    if (record !== undefined) browser.records.set(context, record)
    else if (!browser.records.delete(context)) return
    if (this.#living.has(browser) && !this.#closed) browser.place.note?.(() => writeNote(browser))
  }

  /** One that has outlived an earlier life of this agent, with these of its sessions. */
  adopt (place: Place, { user, key, born, served, sessions }: SharedNote): SharedBrowser {
    const records = new Map(sessions.map(({ context, record }) => [context, () => record]))
    return this.#keep({ place, user, key, born: born - performance.timeOrigin, seats: sessions.length, served, retired: false, doubt: undefined, records })
  }

  /** What it takes now, in MB, as its driver says. */
  note (browser: SharedBrowser, memory: number): void {
    if (memory > this.#limits.memory) browser.retired = true
  }

  async close (): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#starting.values())
    await Promise.all([...this.#living].map(({ place }) => place.destroy()))
  }

  #sit (browser: SharedBrowser): SharedBrowser {
    browser.seats++
    browser.served++
    if (this.#isWornOut(browser)) browser.retired = true
    return browser
  }

  #free (key: string, doubtful = false): SharedBrowser | undefined {
    const free = [...this.#living].filter(browser => browser.key === key && !browser.retired && (browser.doubt !== undefined) === doubtful && browser.seats < this.#limits.sessions)
    return free.sort((a, b) => a.seats - b.seats)[0]
  }

  #isWornOut ({ served, born }: SharedBrowser): boolean {
    return served >= this.#limits.uses || performance.now() - born >= this.#limits.age
  }

  #launch (key: string, offer: BrowserOffer, signal: AbortSignal): Promise<SharedBrowser> {
    const launching = this.#launched(key, offer, signal)
    const forget = (): void => { this.#starting.delete(key) }
    this.#starting.set(key, launching)
    launching.then(forget, forget)
    return launching
  }

  async #launched (key: string, offer: BrowserOffer, signal: AbortSignal): Promise<SharedBrowser> {
    const place = await this.#start(offer, signal)
    if (this.#closed) {
      await place.destroy()
      throw new Error('the grid is stopping')
    }
    return this.#keep({ place, user: offer.context?.user ?? '', key, born: performance.now(), seats: 0, served: 0, retired: false, doubt: undefined, records: new Map() })
  }

  #keep (browser: SharedBrowser): SharedBrowser {
    this.#living.add(browser)
    void browser.place.died.then(() => this.#died(browser))
    return browser
  }

  /** Its driver ends with it, and goes by itself; what else has been left goes a moment later. */
  #died (browser: SharedBrowser): void {
    browser.retired = true
    this.#living.delete(browser)
    setTimeout(() => { void browser.place.destroy() }, lastAnswer).unref()
  }
}
