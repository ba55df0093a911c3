/**
 * Room that routers have been promised, so that no browser is opened for a request that another agent gets. Each router knows its own queue
 * only: when a full agent has room again, all of them are told and say that they have heard, and whoever's client has waited longest gets it.
 */
import { LinkError } from '../link/link-error.js'
import { before, type Clock } from './clock.js'

export interface ReservationOptions {
  /** Sessions for which there is room. */
  readonly room: () => number
  /** Routers that may ask. */
  readonly routers: () => number
  /** There is room again: routers are to be told of it, and what comes of that is to be handed to `told`. */
  readonly opened: () => void
  readonly clock: Clock
}

interface Asking {
  readonly waited: number
  readonly answer: (granted: boolean) => void
}

/** A promise that is not used lapses, in milliseconds. */
const lapse = 2000
/** A router that does not say in so long that it has heard of room is not waited for, in milliseconds. */
const longestHearing = 200

/** `opened`: there is room of which routers have not been told. `hearing`: they have been, and not all have said that they have heard it. */
type Phase = 'usual' | 'opened' | 'hearing'

export class Reservations {
  readonly #options: ReservationOptions
  readonly #held = new Map<number, () => void>()
  #asking: Asking[] = []
  #tickets = 0
  #full = false
  #phase: Phase = 'usual'

  constructor (options: ReservationOptions) {
    this.#options = options
  }

  get held (): number {
    return this.#held.size
  }

  /** Whether routers are to be asked to say that they have heard. */
  get opening (): boolean {
    return this.#phase === 'opened'
  }

  /** Something has changed: notices when there is room again. */
  look (): void {
    const full = this.#free <= 0
    const opened = this.#full && !full
    this.#full = full
    if (!opened || this.#phase !== 'usual' || this.#options.routers() < 2) return
    this.#phase = 'opened'
    this.#options.opened()
  }

  /** @param heard settled when each router has heard of the room, and has asked for it if somebody waits there; it never rejects */
  told (heard: Promise<unknown>): void {
    this.#phase = 'hearing'
    const { clock } = this.#options
    void before(clock.now() + longestHearing, clock, heard).then(() => this.#choose())
  }

  /** A ticket. Rejects with a LinkError `full`. @param waited by its client, in milliseconds */
  async reserve (waited: number): Promise<number> {
    this.look()
    if (this.#phase !== 'usual' && !await new Promise<boolean>(resolve => this.#asking.push({ waited, answer: resolve }))) throw full()
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
    this.#held.set(ticket, this.#options.clock.after(lapse, () => this.#lapsed(ticket)))
    return ticket
  }

  #lapsed (ticket: number): void {
    this.#held.delete(ticket)
    this.look()
  }

  #choose (): void {
    this.#phase = 'usual'
    const asking = this.#asking.sort((a, b) => b.waited - a.waited)
    this.#asking = []
    const free = this.#free
    asking.forEach(({ answer }, place) => answer(place < free))
  }
}

function full (): LinkError {
  return new LinkError('full', 'every browser is in use')
}
