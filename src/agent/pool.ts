/** The slots of one host, and who waits for one. Whatever happens ends in `#settle`, which hands out, launches and refills. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Profile } from '../protocol/profile.js'
import type { BrowserOffer, EndReason, SlotState } from '../protocol/remote-end.js'
import { BackOff } from './back-off.js'
import { Beginnings } from './beginnings.js'
import type { Clock } from './clock.js'
import type { Demand } from './demand.js'
import { DriverRefusal } from './driver-client.js'
import { Full } from './full.js'
import type { Launcher } from './launcher.js'
import type { OpenBrowser } from './open-browser.js'
import { nextStep, same, type Step } from './plan.js'
import { Proofs } from './proofs.js'
import { Slot } from './slot.js'
import type { Death, Place } from '../runtime/runtime.js'
import { Waiters, type Wish } from './waiters.js'

export interface PoolOptions {
  readonly launcher: Launcher
  readonly demand: Demand
  readonly clock: Clock
  /** Most browsers at once. */
  readonly size: number
  /** Drivers kept up without a browser, beyond that. */
  readonly blanks: number
  /** Most browsers that are opened at the same time. */
  readonly launches: number
  readonly moved: (slot: Slot, from: SlotState) => void
  readonly failed: (slot: Slot, error: Error) => void
  /** A leased slot's browser or place has gone. */
  readonly lost: (slot: Slot, reason: Loss) => void
}

export type Loss = Extract<EndReason, 'browser died' | 'driver died' | 'out of memory' | 'host out of memory'>

export class Pool {
  readonly #options: PoolOptions
  readonly #slots = new Set<Slot>()
  readonly #waiters = new Waiters()
  /** Warm, and already somebody's: being proven alive. */
  readonly #reserved = new Set<Slot>()
  readonly #backOff: BackOff
  readonly #beginnings: Beginnings
  readonly #proofs: Proofs
  #made = 0
  #closed = false

  constructor (options: PoolOptions) {
    this.#options = options
    const { clock } = options
    this.#backOff = new BackOff(clock)
    this.#proofs = new Proofs({ clock, warm: () => this.#warm(), hangs: slot => this.#discard(slot) })
    this.#beginnings = new Beginnings(clock, () => { this.#settle(); this.#proofs.askNext() })
  }

  get slots (): ReadonlySet<Slot> {
    return this.#slots
  }

  /** Why launches fail, while they do. */
  get failure (): string | undefined {
    return this.#backOff.why
  }

  /** Sessions for which there is still room. */
  get room (): number {
    const leased = [...this.#slots].filter(({ state }) => state === 'leased').length
    return this.#closed ? 0 : this.#options.size - leased - this.#reserved.size - this.#waiters.size
  }

  /** Warm browsers of a profile that nobody has yet. @param key the profile's */
  ready (key: string): number {
    return this.#warm().filter(slot => slot.browser?.profile.key === key).length
  }

  /** Looks again at what is to be done, such as after a change in demand. @param over what made launches fail is over: they are tried again at once */
  refill (over = false): void {
    if (over) this.#backOff.over()
    this.#settle()
  }

  /**
   * A slot in state `leased`, with a browser of this profile that is proven alive.
   *
   * @throws Full at once when there is no room; the launch's error; the signal's reason
   */
  async lease (wish: Wish): Promise<Slot> {
    if (this.room <= 0) throw new Full('every browser is in use')
    for (;;) {
      const slot = await this.#next(wish)
      try {
        if (await this.#proven(slot) && !wish.signal.aborted) {
          slot.lastStarted = new Date()
          slot.move('leased')
          this.#beginnings.add(slot)
          return slot
        }
        wish.signal.throwIfAborted()
      } finally {
        this.#reserved.delete(slot)
        this.#settle()
      }
    }
  }

  /** A client has come, and may be about to ask for a slot. */
  foresee (): void {
    this.#proofs.foresee()
  }

  /** A leased slot of an earlier life of this agent: its place and its browser have outlived it. */
  adopt (offer: BrowserOffer, place: Place, browser: OpenBrowser): Slot {
    const slot = this.#add(offer)
    slot.place = place
    slot.browser = browser
    for (const state of ['blank', 'warm', 'leased'] as const) slot.move(state)
    this.#watch(slot)
    this.#watchBrowser(slot)
    return slot
  }

  /** Cleans a slot whose session has ended, or whose browser is not wanted any more. Never rejects. */
  async recycle (slot: Slot): Promise<void> {
    if (slot.state === 'dead') return // the pool was closed, or its driver died
    await this.#options.launcher.recycle(slot)
    this.#settle()
  }

  /** Nothing is launched or handed out from now on; everything is removed. */
  async close (): Promise<void> {
    this.#closed = true
    this.#waiters.rejectAll(new Full('the grid is stopping'))
    this.#options.launcher.close()
    this.#proofs.close()
    await Promise.all([...this.#slots].map(slot => this.#options.launcher.bury(slot)))
  }

  #next (wish: Wish): Promise<Slot> {
    const next = this.#waiters.wait(wish)
    this.#settle()
    return next
  }

  /** A warm browser that died is noticed before it is handed out. */
  async #proven (slot: Slot): Promise<boolean> {
    const alive = await this.#proofs.take(slot)
    if (slot.state !== 'warm') return false // its driver died in the meantime
    if (!alive) void this.recycle(slot)
    return alive
  }

  #settle (): void {
    if (this.#closed) return
    for (const slot of this.#warm()) this.#handOut(slot)
    for (let step = this.#step(); step !== undefined; step = this.#step()) this.#take(step)
    this.#backOff.settled([...this.#slots].some(({ state, opening }) => state === 'starting' || opening !== undefined))
  }

  #handOut (slot: Slot): void {
    const key = slot.browser?.profile.key
    if (key !== undefined && this.#waiters.give(key, slot)) this.#reserved.add(slot)
  }

  #step (): Step<Slot> | undefined {
    const { demand, size, blanks, launches } = this.#options
    const slots = [...this.#slots].filter(slot => !this.#reserved.has(slot))
    return nextStep({ slots, waiting: this.#waiters.list(), targets: demand.targets(), size: size - this.#reserved.size, blanks, launches, backedOff: this.#backOff.active, beginning: this.#reserved.size + this.#beginnings.count })
  }

  #take (step: Step<Slot>): void {
    const { launcher } = this.#options
    switch (step.do) {
      case 'start': void this.#start(this.#add(step.offer)); break
      case 'open': void this.#open(step.slot, step.profile); break
      case 'evict': void (step.slot.state === 'warm' ? this.recycle(step.slot) : launcher.bury(step.slot))
    }
  }

  async #start (slot: Slot): Promise<void> {
    try {
      await this.#options.launcher.start(slot)
      this.#watch(slot)
    } catch (error) {
      this.#failed(slot, error as Error, { concerns: wish => same(wish.offer, slot.offer), ours: slot.offer.place === undefined })
    }
    this.#settle()
  }

  async #open (slot: Slot, profile: Profile): Promise<void> {
    try {
      await this.#options.launcher.open(slot, profile, this.#waiters.list().some(wish => wish.profile.key === profile.key))
      this.#backOff.succeeded()
      this.#proofs.opened(slot)
      this.#watchBrowser(slot)
    } catch (error) {
      await turn() // a driver that died may have been shared: first all of its slots hear of it, and none of them is tried next
      const { demand } = this.#options
      demand.forget(profile)
      this.#failed(slot, error as Error, { concerns: wish => wish.profile.key === profile.key, ours: demand.pins(profile) })
    }
    this.#settle()
  }

  /**
   * The first who waits for it is told, at once when the driver refused, else after a second try; of drivers that died there may be several,
   * killed together. Without one the pool backs off, when it was of our choosing: what a client wished for, and then hung up on, says nothing
   * about this machine.
   *
   * @param about whom it concerns, and whether it was launched for a profile that is kept open whether anybody asks or not
   */
  #failed (slot: Slot, error: Error, { concerns, ours }: { readonly concerns: (wish: Wish) => boolean, readonly ours: boolean }): void {
    if (this.#closed) return
    this.#options.failed(slot, error)
    if (this.#waiters.fail(concerns, error, error instanceof DriverRefusal ? 1 : slot.lost ? 4 : 2) || !ours) return
    this.#backOff.failed(error.message, () => this.#settle())
  }

  #browserGone (slot: Slot): void {
    if (slot.state === 'leased') this.#options.lost(slot, 'browser died')
    else this.#discard(slot)
  }

  /** A warm browser that is of no use to anybody. */
  #discard (slot: Slot): void {
    if (slot.state === 'warm' && !this.#reserved.has(slot)) void this.recycle(slot)
  }

  #watch (slot: Slot): void {
    void slot.place?.died.then(death => this.#placeGone(slot, death))
  }

  #watchBrowser (slot: Slot): void {
    const { browser } = slot
    void browser?.life?.closed.then(() => { if (slot.browser === browser) this.#browserGone(slot) })
  }

  #placeGone (slot: Slot, { cause }: Death): void {
    slot.lost = true
    if (slot.state === 'leased') return this.#options.lost(slot, cause === 'ended' ? 'driver died' : cause)
    if (slot.opening !== undefined || slot.state === 'recycling') return // whoever works on it finds out
    void this.#options.launcher.bury(slot).then(() => this.#settle())
  }

  #add (offer: BrowserOffer): Slot {
    const slot = new Slot(String(++this.#made), offer, (slot, from) => {
      if (slot.state === 'dead') this.#slots.delete(slot)
      this.#options.moved(slot, from)
    })
    this.#slots.add(slot)
    return slot
  }

  #warm (): Slot[] {
    return [...this.#slots].filter(slot => slot.state === 'warm' && !this.#reserved.has(slot))
  }
}
