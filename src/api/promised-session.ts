/** A session that `/json/version` has promised: whoever opens a socket at that address has a part in it, as in Chrome, and the last one ends it. */
import { randomUUID } from 'node:crypto'
import type { Session } from '../protocol/remote-end.js'

/** What the ids of browsers that are promised begin with: no living one has to be looked for by such an id, and others, of which several may think, are not shared. */
const mark = '70671d00-'

/** An id for a browser that is there once somebody connects to it. */
export function promisedId (): string {
  return mark + randomUUID().slice(mark.length)
}

export function isPromised (browser: string): boolean {
  return browser.startsWith(mark)
}

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
    if (gone.aborted) hungUp()
    else gone.addEventListener('abort', hungUp, { once: true })
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
