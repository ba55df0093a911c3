/** Takes slots through the parts of their life that take time: starting, opening, recycling, destroying. */
import { WebDriverError } from '../protocol/errors.js'
import type { Profile } from '../protocol/profile.js'
import type { Place, Runtime } from '../runtime/runtime.js'
import { whenAny } from '../waits.js'
import type { Clock } from './clock.js'
import { callDriver, DriverRefusal } from './driver-client.js'
import type { AgentEvents } from './events.js'
import { openBrowser, type OpenBrowser } from './open-browser.js'
import type { Slot } from './slot.js'

export interface LauncherOptions {
  readonly runtime: Runtime
  readonly clock: Clock
  readonly events: AgentEvents
  /** For a driver to come up, or a browser to be open, in milliseconds. */
  readonly launchTimeout: number
  /** Sessions after which a slot's driver is replaced too. */
  readonly uses: number
}

/** How long a recycling may take before the slot is thrown away, in milliseconds. */
const recycleTimeout = 5000

export class Launcher {
  readonly #options: LauncherOptions
  readonly #closing = new AbortController()

  constructor (options: LauncherOptions) {
    this.#options = options
  }

  /** `starting` → `blank`, or `dead`. Rejects with why. */
  async start (slot: Slot): Promise<void> {
    try {
      slot.place = await this.#options.runtime.start(slot.offer, this.#deadline())
      slot.move('blank')
    } catch (error) {
      throw this.#failed(slot, error)
    }
  }

  /** `blank` → `warm`, or `dead`; the driver's refusal leaves it blank. Rejects with why. @param awaited whether a client waits for it */
  async open (slot: Slot, profile: Profile, awaited: boolean): Promise<void> {
    const { clock, events } = this.#options
    const begun = clock.now()
    slot.opening = profile
    try {
      slot.browser = await this.#opened(slot, profile, awaited)
    } catch (error) {
      // Still `opening`: nobody may open a browser in it before what the driver has left is wiped.
      if (error instanceof DriverRefusal) await this.#undo(slot)
      throw error instanceof DriverRefusal ? error : this.#failed(slot, error)
    } finally {
      slot.opening = undefined
    }
    slot.move('warm')
    events.emit('launched', slot, profile, clock.now() - begun)
  }

  /** `leased` or `warm` → `recycling` → `blank`, or `dead`: a slot whose cleaning failed or was late is never handed out. Never rejects. */
  async recycle (slot: Slot): Promise<void> {
    const { clock, events } = this.#options
    const begun = clock.now()
    slot.uses++
    if (slot.lost || this.#isUsedUp(slot)) return await this.bury(slot) // nothing is left to clean, or nobody will come after
    slot.move('recycling')
    try {
      await this.#clean(slot)
      if (slot.uses >= this.#options.uses || slot.state !== 'recycling') return await this.bury(slot)
      slot.browser = undefined
      slot.move('blank')
      events.emit('recycled', slot, clock.now() - begun)
    } catch (error) {
      if (slot.state === 'recycling') events.emit('uncleaned', slot, error as Error) // dead already: the pool was closed meanwhile
      await this.bury(slot)
    }
  }

  /** Any state → `dead`, and all of it removed. Never rejects. */
  async bury (slot: Slot): Promise<void> {
    if (slot.state === 'dead') return
    slot.move('dead')
    slot.browser?.life?.close()
    await slot.place?.destroy()
  }

  /** Gives up what is under way. */
  close (): void {
    this.#closing.abort(new Error('the grid is stopping'))
  }

  async #opened (slot: Slot, profile: Profile, awaited: boolean): Promise<OpenBrowser> {
    if (slot.place === undefined) throw new Error(`slot ${slot.id} has no driver yet`)
    const died = slot.place.died.then(({ why }) => { throw new Error(why) })
    const opening = openBrowser(slot.place, profile, { signal: this.#deadline(), awaited })
    try {
      const browser = await Promise.race([opening, died])
      if (slot.state === 'dead') throw new Error('its slot was given up meanwhile')
      return { ...browser, openedAt: this.#options.clock.now() }
    } catch (error) {
      void opening.then(({ life }) => life?.close(), () => {}) // it came after its place's end, or its slot's
      throw error
    }
  }

  /** A driver that may be shared is told of its session's end in any case. */
  #isUsedUp ({ uses, place }: Slot): boolean {
    return place?.wipe === undefined || (uses >= this.#options.uses && !place.keepsDriver)
  }

  /** What a driver has left that refused to open a browser. */
  async #undo (slot: Slot): Promise<void> {
    if (slot.place?.wipe === undefined) return await this.bury(slot)
    await slot.place.wipe().catch(() => this.bury(slot))
  }

  /** The browser is killed first: its own way out costs processor time, and nothing that it would still write is wanted. */
  async #clean (slot: Slot): Promise<void> {
    const { place, browser } = slot
    if (place?.wipe === undefined || browser === undefined) throw new Error(`slot ${slot.id} has nothing to clean`)
    browser.life?.close()
    const late = AbortSignal.timeout(recycleTimeout)
    await place.wipe()
    if (place.keepsDriver) await endDriverSession(place, browser, late)
    late.throwIfAborted()
  }

  #failed (slot: Slot, cause: unknown): WebDriverError {
    void this.bury(slot)
    return new WebDriverError('session not created', this.#whyFailed(cause), { cause })
  }

  /** A request that its deadline ended says that it was aborted. */
  #whyFailed (cause: unknown): string {
    const late = !(cause instanceof Error) || cause.name === 'TimeoutError' || cause.name === 'AbortError'
    if (!late) return cause.message
    return this.#closing.signal.aborted ? 'the grid is stopping' : `no browser within ${this.#options.launchTimeout} ms (pool.launchTimeout)`
  }

  #deadline (): AbortSignal {
    return whenAny(this.#closing.signal, AbortSignal.timeout(this.#options.launchTimeout))
  }
}

/** Its last window may have been closed: the driver knows the session no more then. */
async function endDriverSession ({ driver }: Place, { driverSession }: OpenBrowser, signal: AbortSignal): Promise<void> {
  await callDriver(driver, { method: 'DELETE', path: `/session/${driverSession}`, signal })
    .catch((error: unknown) => { if (!(error instanceof DriverRefusal)) throw error })
}
