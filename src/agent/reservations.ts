/**
 * Room that routers have been promised, so that no browser is opened for a request that another agent gets. When a full agent has room again
 * and several routers ask, whoever's client has waited longest gets it: each router knows its own queue only.
 */
import { LinkError } from '../link/link-error.js'
import type { Clock } from './clock.js'

export interface ReservationOptions {
  /** Sessions for which there is room. */
  readonly room: () => number
  /** Routers that may ask. */
  readonly routers: () => number
  readonly clock: Clock
}

interface Asking {
  readonly waited: number
  readonly answer: (granted: boolean) => void
}

/** A promise that is not used lapses, in milliseconds. */
const lapse = 2000
/** Routers hear of room at about the same time: for so long they are listened to before one is chosen, in milliseconds. */
const window = 15
/** For so long after there was none, in milliseconds. */
const contended = 60

export class Reservations {
  readonly #options: ReservationOptions
  readonly #held = new Map<number, () => void>()
  #asking: Asking[] = []
  #tickets = 0
  #full = false
  #openedAt = -Infinity

  constructor (options: ReservationOptions) {
    this.#options = options
  }

  get held (): number {
    return this.#held.size
  }

  /** Something has changed: notices when there is room again. */
  look (): void {
    const full = this.#free <= 0
    if (this.#full && !full) this.#openedAt = this.#options.clock.now()
    this.#full = full
  }

  /** A ticket. Rejects with a LinkError `full`. @param waited by its client, in milliseconds */
  async reserve (waited: number): Promise<number> {
    this.look()
    const { clock, routers } = this.#options
    if (routers() < 2 || clock.now() - this.#openedAt > contended) return this.#take()
    const granted = await new Promise<boolean>(resolve => {
      if (this.#asking.push({ waited, answer: resolve }) === 1) clock.after(window, () => this.#choose())
    })
    if (!granted) throw full()
    return this.#take()
  }

  /** The ticket is used, or given back. False when it is none any more. */
  release (ticket: number): boolean {
    this.#held.get(ticket)?.()
    return this.#held.delete(ticket)
  }

  get #free (): number {
    return this.#options.room() - this.#held.size
  }

  #take (): number {
    if (this.#free <= 0) throw full()
    const ticket = ++this.#tickets
    this.#held.set(ticket, this.#options.clock.after(lapse, () => this.#held.delete(ticket)))
    return ticket
  }

  #choose (): void {
    const asking = this.#asking.sort((a, b) => b.waited - a.waited)
    this.#asking = []
    const free = this.#free
    asking.forEach(({ answer }, place) => answer(place < free))
  }
}

function full (): LinkError {
  return new LinkError('full', 'every browser is in use')
}
