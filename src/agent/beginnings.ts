/** Sessions that are just beginning: their first page is what their clients wait for, and nothing else is to be in its way. */
import type { Clock } from './clock.js'
import type { Slot } from './slot.js'

/** For so long a session counts as beginning, in milliseconds. */
const beginning = 300

export class Beginnings {
  readonly #clock: Clock
  readonly #over: () => void
  #list: { readonly slot: Slot, readonly end: number }[] = []

  /** @param over called whenever a session is not beginning any more */
  constructor (clock: Clock, over: () => void) {
    this.#clock = clock
    this.#over = over
  }

  /** How many there are. One that has ended already is none any more. */
  get count (): number {
    const now = this.#clock.now()
    this.#list = this.#list.filter(({ slot, end }) => slot.state === 'leased' && end > now)
    return this.#list.length
  }

  /** @param slot that has just been leased */
  add (slot: Slot): void {
    const end = this.#clock.now() + beginning
    this.#list.push({ slot, end })
    this.#lookAt(end)
  }

  /** A timer may fire a little before its time. */
  #lookAt (end: number): void {
    const left = end - this.#clock.now()
    if (left <= 0) return this.#over()
    this.#clock.after(left + 1, () => this.#lookAt(end))
  }
}
