/**
 * The runtime made of a runtime: offers that say so get a place that is a context in a browser shared by sessions of one user and
 * with the same wishes for a browser; all others get what the runtime below has.
 */
import type { BrowserOffer } from '../protocol/remote-end.js'
import { ContextPlace } from './context-place.js'
import type { LeftPlace, Place, Runtime } from './runtime.js'
import { SharedBrowsers, type SharingLimits } from './shared-browsers.js'

export class ContextRuntime implements Runtime {
  readonly offers: readonly BrowserOffer[]
  readonly #inner: Runtime
  readonly #browsers: SharedBrowsers
  #made = 0

  constructor (inner: Runtime, limits: SharingLimits) {
    this.offers = inner.offers
    this.#inner = inner
    this.#browsers = new SharedBrowsers((offer, signal) => inner.start(offer, signal), limits)
  }

  /** A context's place is there at once: which browser it belongs to is known when something is opened in it. */
  async start (offer: BrowserOffer, signal: AbortSignal): Promise<Place> {
    return offer.context === undefined ? await this.#inner.start(offer, signal) : new ContextPlace(++this.#made, offer, this.#browsers)
  }

  async leftovers (): Promise<LeftPlace[]> {
    return await this.#inner.leftovers?.() ?? []
  }

  whenBack (again: () => void): void {
    this.#inner.whenBack?.(again)
  }

  async close (): Promise<void> {
    await this.#browsers.close()
    await this.#inner.close()
  }

  kill (): void {
    this.#inner.kill?.()
  }
}
