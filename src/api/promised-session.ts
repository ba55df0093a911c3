/** A session that `/json/version` has promised: whoever opens a socket at that address has a part in it, as in Chrome, and the last one ends it. */
import type { Session } from '../protocol/remote-end.js'

/** An address as `/json/version` makes it; any other one is not shared, since several might have thought of it. */
export const promise = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export class PromisedSession {
  readonly #session: Promise<Session>
  readonly #unwanted = new AbortController()
  readonly #over: (session: Promise<Session>) => void
  #sockets = 0

  /** @param open is told when nobody waits any more @param over called once, when nobody has a part in it */
  constructor (open: (gone: AbortSignal) => Promise<Session>, over: (session: Promise<Session>) => void) {
    this.#session = open(this.#unwanted.signal)
    this.#over = over
  }

  /** Resolves with a part in it, which is given back by `leave`. Rejects when there is none, or the client has hung up. */
  async join (gone: AbortSignal): Promise<Session> {
    this.#sockets++
    const hungUp = (): void => this.leave()
    gone.addEventListener('abort', hungUp, { once: true })
    try {
      const session = await this.#session
      gone.throwIfAborted()
      return session
    } catch (error) {
      if (!gone.aborted) this.leave()
      throw error
    } finally {
      gone.removeEventListener('abort', hungUp)
    }
  }

  leave (): void {
    if (--this.#sockets > 0) return
    this.#unwanted.abort(new Error('the client hung up'))
    this.#over(this.#session)
  }
}
