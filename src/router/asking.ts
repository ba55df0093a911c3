/** How an agent is asked for a session: as long as it has not said that it has room nothing has been opened, and another one may be asked. */
import { LinkError } from '../link/link-error.js'
import type { Granted, NewSession, Release, Reserve } from '../link/messages.js'
import type { Peer } from '../link/peer.js'
import { WebDriverError } from '../protocol/errors.js'
import { whenAny, within } from '../waits.js'

type Wish = Omit<NewSession, 'ticket' | 'grant'>

interface Patience {
  readonly signal: AbortSignal
  /** An agent has to say within so long whether it has room, in milliseconds. */
  readonly deadline: number
}

export class Asking {
  readonly #waiting = new Map<number, () => void>()
  #asked = 0

  /** The agent says that it opens what it was asked for. */
  granted ({ grant }: Granted): void {
    this.#waiting.get(grant)?.()
  }

  /**
   * In one round trip: that there is room the agent says by its answer, or, where opening takes a while, before that. Resolves with the answer;
   * rejects with the agent's error, or with `Unheard`.
   */
  async atOnce (peer: Peer, wish: Wish, { signal, deadline }: Patience): Promise<unknown> {
    const grant = ++this.#asked
    const giveUp = new AbortController()
    const granted = new Promise<void>(resolve => this.#waiting.set(grant, resolve))
    const answer = peer.ask('newSession', { ...wish, grant } satisfies NewSession, whenAny(signal, giveUp.signal))
    try {
      await within(deadline, Promise.race([granted, answer.then(() => {}, unlessLost)]))
    } catch (error) {
      const why = new Unheard((error as Error).message, answer)
      giveUp.abort(why)
      throw why
    } finally {
      this.#waiting.delete(grant)
    }
    return await answer
  }

  /** The same of agents of older versions: a place first, and the session then. */
  async inTwoSteps (peer: Peer, wish: Wish, { signal, deadline }: Patience): Promise<unknown> {
    const place = peer.ask('reserve', { waited: wish.waited, user: wish.user } satisfies Reserve) as Promise<number>
    const ticket = await within(deadline, place).catch((error: Error) => {
      if (error instanceof LinkError && error.problem === 'full') throw error
      place.then(ticket => peer.tell('release', { ticket } satisfies Release), () => {})
      throw new Unheard(error.message)
    })
    return await peer.ask('newSession', { ...wish, ticket } satisfies NewSession, signal)
  }
}

/** Nothing was heard of an agent in time, or its link broke. */
export class Unheard extends Error {
  override readonly name = 'Unheard'
  /** What it may still answer, where it might open what is not wanted any more. */
  readonly answer: Promise<unknown> | undefined

  constructor (message: string, answer?: Promise<unknown>) {
    super(message)
    this.answer = answer
  }
}

/** Its link broke while an agent opened a session, which it ends by itself: nobody has heard of it. */
export class Vanished extends WebDriverError {
  constructor (message: string) {
    super('session not created', message)
  }
}

/** What a client is told, unless another agent is asked. @param agent its name and address, in words */
export function explained (error: unknown, agent: string): unknown {
  if (!(error instanceof LinkError) || error.problem === 'full') return error
  const message = `${agent}: ${error.message}`
  return error.problem === 'lost' ? new Vanished(message) : new WebDriverError('session not created', message)
}

/** The agent's own refusal is its word, too. @throws the error of a link that broke */
function unlessLost (error: unknown): void {
  if (error instanceof LinkError && error.problem === 'lost') throw error
}
