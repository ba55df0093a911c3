/** An agent's sessions that clients have. It is told of each; a link that was silent when it broke may have lost that, and it is said again by the next one. */
import type { Taken } from '../link/messages.js'
import type { Peer } from '../link/peer.js'
import type { SessionId } from '../protocol/session-id.js'

/** A link's end is noticed within 3 s, by either side; what is older was heard. In milliseconds. */
const doubtful = 6000

export class TakenSessions {
  /** When the agent was told, by session: the oldest first. */
  readonly #told = new Map<SessionId, number>()

  /** A client has this one. @param peer the agent; undefined when its link broke just now */
  take (id: SessionId, peer: Peer | undefined): void {
    peer?.tell('taken', { id } satisfies Taken)
    this.#forget()
    this.#told.set(id, performance.now())
  }

  /** The link broke: what was said long ago was heard. */
  cut (): void {
    this.#forget()
  }

  /** There is a link again. */
  again (peer: Peer): void {
    for (const id of this.#told.keys()) peer.tell('taken', { id } satisfies Taken)
  }

  #forget (): void {
    for (const [id, at] of this.#told) {
      if (at > performance.now() - doubtful) return
      this.#told.delete(id)
    }
  }
}
