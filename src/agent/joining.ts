/** Tells routers that this agent is there, and tells them again while they have no link to it: they dial, so that it is known to be reachable. */
import { setTimeout as pause } from 'node:timers/promises'
import { askRouter } from '../link/ask-router.js'
import { joinPath, type Join, type LinkLog } from '../link/messages.js'
import { nameOf, type Place, type Trust } from '../link/trust.js'
import { whenAny } from '../waits.js'

export interface JoiningOptions {
  readonly routers: readonly Place[]
  /** Where routers reach this agent: `host:port`; `*` for where they are asked from. */
  readonly address: string
  readonly trust: Trust
  readonly log: LinkLog
}

/** Times in milliseconds. */
const again = { first: 250, most: 1000 }
const deadline = 5000
/** A router that has been told is told again: it may have been started anew since, and know nothing of us. */
const remind = 1000

export class Joining {
  readonly #options: JoiningOptions
  readonly #stop = new AbortController()

  constructor (options: JoiningOptions) {
    this.#options = options
    options.routers.forEach(router => { void this.#keepTelling(router) })
  }

  close (): void {
    this.#stop.abort()
  }

  /** Never rejects. */
  async #keepTelling (router: Place): Promise<void> {
    const { log } = this.#options
    let wait = again.first
    let said: string | undefined
    while (!this.#stop.signal.aborted) {
      const why = await this.#tell(router).then(() => '', (error: Error) => error.message)
      if (this.#stop.signal.aborted) return
      if (why !== said && why === '') log.info({ router: nameOf(router) }, 'joined')
      if (why !== said && why !== '') log.warn({ router: nameOf(router), why }, 'cannot join')
      said = why
      wait = why === '' ? remind : Math.min(again.most, wait * 2)
      await pause(wait, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {})
    }
  }

  /** Rejects with why it cannot join. */
  async #tell (router: Place): Promise<void> {
    const { address, trust } = this.#options
    const signal = whenAny(this.#stop.signal, AbortSignal.timeout(deadline))
    await askRouter(router, { path: joinPath, body: { address } satisfies Join, trust, signal })
  }
}
