/** Sessions that the API made and that a WebDriver client may take over by New Session on their own URL, once. */
import { WebDriverError } from '../protocol/errors.js'
import type { Session } from '../protocol/remote-end.js'

export class Claims {
  readonly #taken = new Set<string>()

  /** @throws WebDriverError when it was claimed before, or was made by a WebDriver client in the first place */
  take ({ id, claimable }: Session): void {
    if (!claimable || this.#taken.has(id)) throw new WebDriverError('session not created', `session ${id} has a client already`)
    this.#taken.add(id)
  }

  /** Its session has ended. */
  withdraw ({ id }: Session): void {
    this.#taken.delete(id)
  }
}
