/** One request in the queue: served, refused, out of time, or left by its client. Whichever is first counts. */
import { randomUUID } from 'node:crypto'
import { WebDriverError, type ErrorReason } from '../protocol/errors.js'
import type { QueuedRequest, Session, SessionRequest } from '../protocol/remote-end.js'
import type { Matches } from './member.js'

export class Ticket {
  readonly id = randomUUID()
  readonly request: SessionRequest
  readonly matches: Matches
  readonly session: Promise<Session>
  /** Whether the outcome is known. */
  over = false
  /** Whether an agent is at work on it: it keeps its place in the queue until the agent has it. */
  asking = false
  /** Agents that have vanished while they opened its session. */
  vanished = 0
  #resolve: (session: Session) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  readonly #timer: NodeJS.Timeout
  readonly #timeout: number
  /** It has waited as long as it may. */
  #late = false
  readonly #hungUp: () => void

  /** @param timeout how long it may wait for an agent to take it, in milliseconds; a launch has its own deadline */
  constructor (request: SessionRequest, matches: Matches, timeout: number) {
    this.request = request
    this.matches = matches
    this.session = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timeout = timeout
    this.#timer = setTimeout(() => {
      this.#late = true
      if (!this.asking) this.leaveUnlessPatient()
    }, timeout)
    this.#hungUp = () => this.fail(request.signal.reason)
    request.signal.addEventListener('abort', this.#hungUp, { once: true })
  }

  /** False when the outcome was known before: the session is nobody's then. */
  serve (session: Session): boolean {
    if (this.over) return false
    this.over = true
    this.#resolve(session)
    return true
  }

  fail (error: unknown): void {
    this.over = true
    this.#reject(error)
  }

  refuse (why: string, reason: ErrorReason): void {
    this.fail(new WebDriverError('session not created', why, { reason }))
  }

  /** Nobody can serve it now, and its client does not wait, or has waited long enough. */
  leaveUnlessPatient (): void {
    if (this.request.noWait === true) this.refuse('every browser is in use, and the client does not want to wait', 'no wait')
    else if (this.#late) this.refuse(`no browser became free within ${this.#timeout / 1000} s (queueTimeout)`, 'queue timeout')
  }

  /** Lets go of the clock and the signal. */
  close (): void {
    this.over = true
    clearTimeout(this.#timer)
    this.request.signal.removeEventListener('abort', this.#hungUp)
  }

  status (): QueuedRequest {
    const { user, candidates, askedAt } = this.request
    return { id: this.id, user, candidates, since: new Date(askedAt) }
  }
}
