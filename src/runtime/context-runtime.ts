/**
 * The runtime made of a runtime: offers that say so get a place that is a context in a browser shared by sessions of one user and
 * with the same wishes for a browser; all others get what the runtime below has.
 */
import type { BrowserOffer } from '../protocol/remote-end.js'
import { ContextPlace, contextsIn, deleted, wayOf } from './context-place.js'
import type { LeftPlace, Place, Runtime } from './runtime.js'
import { SharedBrowsers, type SharingLimits } from './shared-browsers.js'
import { readNote, type SharedNote } from './shared-note.js'

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
    return offer.context === undefined ? await this.#inner.start(offer, signal) : new ContextPlace(++this.#made, { offer, browsers: this.#browsers })
  }

  async leftovers (): Promise<LeftPlace[]> {
    const left = await this.#inner.leftovers?.() ?? []
    const found = await Promise.all(left.map(async one => {
      const note = readNote(one.record)
      return note === undefined ? one : await this.#adopt(one, note).catch(async () => { await one.place.destroy(); return [] })
    }))
    return found.flat()
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

  /** A shared browser of an earlier life: the sessions that somebody has, each a place of its own; what else is open there is ended. Rejects when there are none. */
  async #adopt ({ place, offer }: LeftPlace, note: SharedNote): Promise<LeftPlace[]> {
    const open = await contextsIn(place.driver)
    const sessions = note.sessions.filter(({ context }) => open.includes(context))
    if (sessions.length === 0) throw new Error(`nobody has a session in ${place.id}`)
    const nobodys = open.filter(context => !sessions.some(session => session.context === context))
    const ended = await Promise.allSettled(nobodys.map(context => deleted(wayOf(place.driver, context))))
    this.#made = Math.max(this.#made, ...open)
    const browser = this.#browsers.adopt(place, { ...note, sessions })
    browser.retired = ended.some(({ status }) => status === 'rejected') // what is left there may still do something
    const shared = { ...offer, context: { user: note.user } }
    return sessions.map(({ context, record }) => ({ place: new ContextPlace(context, { offer: shared, browsers: this.#browsers, browser }), offer: shared, record }))
  }
}
