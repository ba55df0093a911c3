/** A slot: a place for one session, in exactly one state, with one table of moves and one function through which each goes. */
import { offerOf, type BrowserOffer, type SlotState, type SlotStatus } from '../protocol/remote-end.js'
import type { Profile } from '../protocol/profile.js'
import type { Place } from '../runtime/runtime.js'
import type { OpenBrowser } from './open-browser.js'
import type { LiveSession } from './session.js'

const moves: Record<SlotState, readonly SlotState[]> = {
  starting: ['blank', 'dead'],
  blank: ['warm', 'dead'],
  warm: ['leased', 'recycling', 'dead'],
  leased: ['recycling', 'dead'],
  recycling: ['blank', 'dead'],
  dead: []
}

export class Slot {
  readonly id: string
  readonly offer: BrowserOffer
  /** Sessions that this slot's driver has had. */
  uses = 0
  lastStarted: Date | null = null
  /** Set from `blank` on. */
  place: Place | undefined
  /** Its place has gone without having been told to. */
  lost = false
  /** What is being opened in a blank slot. */
  opening: Profile | undefined
  /** Set while warm, leased or recycling. */
  browser: OpenBrowser | undefined
  /** Set while leased. */
  session: LiveSession | undefined
  #state: SlotState = 'starting'
  readonly #moved: (slot: Slot, from: SlotState) => void

  /** @param moved called after every move */
  constructor (id: string, offer: BrowserOffer, moved: (slot: Slot, from: SlotState) => void) {
    this.id = id
    this.offer = offer
    this.#moved = moved
  }

  get state (): SlotState {
    return this.#state
  }

  /** @throws Error on a move that the table does not allow: a fault of ours, never of a client's */
  move (to: SlotState): void {
    const from = this.#state
    if (!moves[from].includes(to)) throw new Error(`slot ${this.id} cannot go from ${from} to ${to}`)
    this.#state = to
    this.#moved(this, from)
  }

  status (): SlotStatus {
    return {
      id: this.id,
      state: this.#state,
      browser: offerOf(this.offer),
      profile: this.browser?.profile.key ?? null,
      session: this.session?.session ?? null,
      lastStarted: this.lastStarted
    }
  }
}
