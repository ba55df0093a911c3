/** Watches a browser that has no DevTools by asking its driver, which asks the browser: when that has gone, the session is none any more. */
import type { Way } from '../runtime/runtime.js'
import { whenAny } from '../waits.js'
import { callDriver, DriverRefusal } from './driver-client.js'
import type { Life } from './life.js'

/** How often it is asked, in milliseconds. */
const interval = 5000

export class DriverWatch implements Life {
  readonly closed: Promise<void>
  readonly #session: Way
  readonly #over = new AbortController()
  #gone: () => void = () => {}
  #timer: NodeJS.Timeout | undefined

  /** @param session its driver's, with the path that names the session */
  constructor (session: Way) {
    this.#session = session
    this.closed = new Promise(resolve => { this.#gone = resolve })
    this.#askLater()
  }

  async alive (deadline: number): Promise<boolean> {
    return await this.#ask(whenAny(this.#over.signal, AbortSignal.timeout(deadline))).catch(() => false)
  }

  close (): void {
    clearTimeout(this.#timer)
    this.#over.abort()
  }

  #askLater (): void {
    this.#timer = setTimeout(() => { void this.#look() }, interval).unref()
  }

  /** No answer says nothing: a driver that serves a long command lets others wait, and its own end is noticed elsewhere. */
  async #look (): Promise<void> {
    const alive = await this.#ask(this.#over.signal).catch(() => true)
    if (this.#over.signal.aborted) return
    if (alive) this.#askLater()
    else this.#gone()
  }

  /** W3C WebDriver "Get Window Handles": no prompt is in its way. */
  async #ask (signal: AbortSignal): Promise<boolean> {
    try {
      await callDriver(this.#session, { method: 'GET', path: '/window/handles', signal })
      return true
    } catch (error) {
      if (error instanceof DriverRefusal) return false
      throw error
    }
  }
}
