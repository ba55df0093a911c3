/**
 * Room that routers have been promised, so that no browser is opened for a request that another agent gets. Each router knows its own queue
 * only: when a full agent has room again, all of them are told and say that they have heard. Then users take turns, as in a router's own queue, and
 * of one user's clients whoever has waited longest gets it.
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

/** Who asks, and for whom. */
export interface Asker {
  /** Empty where there are no users. */
  readonly user: string
  /** By its client, in milliseconds. */
  readonly waited: number
}

interface Asking extends Asker {
  /** Undefined: there is no room. */
  readonly answer: (ticket: number | undefined) => void
}

/** A promise that is not used lapses, in milliseconds. */
const lapse = 2000
/** Users whose last turn is known. */
const mostUsers = 10_000
/** A router that does not say in so long that it has heard of room is not waited for, in milliseconds. */
const longestHearing = 200

/** `opened`: there is room of which routers have not been told. `hearing`: they have been, and not all have said that they have heard it. */
type Phase = 'usual' | 'opened' | 'hearing'

export class Reservations {
  readonly #options: ReservationOptions
  readonly #held = new Map<number, () => void>()
  #asking: Asking[] = []
  /** The last ticket of each user, whoever got one longest ago first. */
  readonly #turns = new Map<string, number>()
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

  /** A ticket. Rejects with a LinkError `full`. */
  async reserve (asker: Asker): Promise<number> {
    this.look()
    const ticket = this.#phase === 'usual' ? this.#take(asker) : await new Promise<number | undefined>(resolve => this.#asking.push({ ...asker, answer: resolve }))
    if (ticket === undefined) throw full()
    return ticket
  }

  /** The ticket is used, or given back. False when it is none any more. */
  release (ticket: number): boolean {
    this.#held.get(ticket)?.()
    return this.#held.delete(ticket)
  }

  get #free (): number {
    return this.#options.room() - this.#held.size
  }

  /** @returns undefined where there is no room */
  #take ({ user }: Asker): number | undefined {
    if (this.#free <= 0) return undefined
    const ticket = ++this.#tickets
    this.#held.set(ticket, this.#options.clock.after(lapse, () => this.#lapsed(ticket)))
    this.#turns.delete(user)
    this.#turns.set(user, ticket)
    if (this.#turns.size > mostUsers) this.#turns.delete(this.#turns.keys().next().value as string)
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
    while (asking.length > 0) {
      const next = asking.reduce((first, one) => this.#turnOf(one) < this.#turnOf(first) ? one : first)
      asking.splice(asking.indexOf(next), 1)
      next.answer(this.#take(next))
    }
  }

  #turnOf ({ user }: Asker): number {
    return this.#turns.get(user) ?? 0
  }
}

function full (): LinkError {
  return new LinkError('full', 'every browser is in use')
}
