/** Targets of other sessions to which a connection is attached, since its client wants to have all that begins (CDP `Target.setAutoAttach`). */
import type { Attached, Params } from '../../protocol/cdp.js'
import type { Holds } from './holds.js'

/** Says something to the browser, in a session of the connection's or in its own. */
export type Tell = (method: string, params: Params, session?: string) => void

export class Strangers {
  readonly #holds: Holds
  readonly #tell: Tell
  /** How those are let go that do not run yet, by the sessions that hold them. */
  readonly #held = new Map<string, () => void>()

  constructor (holds: Holds, tell: Tell) {
    this.#holds = holds
    this.#tell = tell
  }

  /** It is let go when it may run. @param parent the session that attached it, if any */
  meet (attached: Attached, parent: string | undefined): void {
    const { sessionId, waitingForDebugger } = attached
    const letGo = (): void => {
      if (!this.#held.delete(sessionId)) return
      // Chrome (156) forgets some that wait when they are only let go, or their holder's connection ends. One that does not wait here may do so elsewhere.
      if (waitingForDebugger) this.#tell('Runtime.runIfWaitingForDebugger', {}, sessionId)
      this.#tell('Target.detachFromTarget', { sessionId }, parent)
    }
    this.#held.set(sessionId, letGo)
    this.#holds.hold(attached, letGo)
  }

  /** The connection is about to end. @returns whether anything was said for it */
  leave (): boolean {
    const some = this.#held.size > 0
    for (const letGo of this.#held.values()) letGo()
    return some
  }
}
