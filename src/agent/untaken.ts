/**
 * Sessions of which no router has said yet that it has them. When the link breaks on which one was asked for, its answer may be lost, so that no client
 * has heard of it; or only the router's word is, and its client goes on as soon as it can. So it gets a while to be used, or to be spoken of again.
 */
import type { SessionId } from '../protocol/session-id.js'
import type { Clock } from './clock.js'

/** A link that broke is made again within so long, where it can be, in milliseconds. */
const patience = 10_000

export class Untaken {
  readonly #ids = new Set<SessionId>()
  readonly #clock: Clock
  readonly #end: (id: SessionId) => void

  /** @param end of one that no client has heard of; it may have ended, or been used, by then */
  constructor (clock: Clock, end: (id: SessionId) => void) {
    this.#clock = clock
    this.#end = end
  }

  add (id: SessionId): void {
    this.#ids.add(id)
  }

  /** A router has it, or has ended it. */
  heardOf (id: SessionId): void {
    this.#ids.delete(id)
  }

  /** The link is broken on which these were asked for. */
  cut (ids: Iterable<SessionId>): void {
    for (const id of ids) {
      if (this.#ids.has(id)) this.#clock.after(patience, () => { if (this.#ids.delete(id)) this.#end(id) })
    }
  }
}
