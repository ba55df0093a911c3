/** Sessions that the API made and that a WebDriver client may take over by New Session on their own URL, once. */
import { WebDriverError } from '../protocol/errors.js'
import type { Session } from '../protocol/remote-end.js'

export class Claims {
  readonly #open = new Set<string>()

  /** The session may be claimed. */
  offer (session: Session): void {
    this.#open.add(session.id)
  }

  /** @throws WebDriverError when it was claimed before, or was made by a WebDriver client in the first place */
  take (session: Session): void {
    if (!this.#open.delete(session.id)) throw new WebDriverError('session not created', `session ${session.id} has a client already`)
  }

  /** Its session has ended. */
  withdraw (session: Session): void {
    this.#open.delete(session.id)
  }
}
