/** A context in a shared browser as a slot's place: it takes a seat when something is opened in it, and gives it back once that has gone. */
import type { Capabilities } from '../protocol/capabilities.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import { exchange } from './http-call.js'
import type { Address, Death, Place, PlaceLimits, Way } from './runtime.js'
import type { SharedBrowser, SharedBrowsers } from './shared-browsers.js'

/** How long a context may take to go, in milliseconds. */
const goneDeadline = 4000

export class ContextPlace implements Place {
  readonly id: string
  readonly keepsDriver = false
  readonly died: Promise<Death>
  readonly #path: string
  readonly #offer: BrowserOffer
  readonly #browsers: SharedBrowsers
  #browser: SharedBrowser | undefined
  #die: (death: Death) => void = () => {}

  /** @param number unique among the contexts of its agent */
  constructor (number: number, offer: BrowserOffer, browsers: SharedBrowsers) {
    this.id = `context ${number}`
    this.#path = `/context/${number}`
    this.#offer = offer
    this.#browsers = browsers
    this.died = new Promise(resolve => { this.#die = resolve })
  }

  get driver (): Way {
    const { driver } = this.#seat.place
    return { ...driver, path: driver.path + this.#path }
  }

  get needs (): HostNeeds {
    return this.#seat.place.needs
  }

  get limits (): PlaceLimits {
    return this.#browser?.place.limits ?? {}
  }

  async prepare (capabilities: Capabilities, signal: AbortSignal): Promise<void> {
    const browser = await this.#browsers.seat(this.#offer, capabilities, signal)
    this.#browser = browser
    void browser.place.died.then(death => { if (this.#browser === browser) this.#die(death) })
  }

  async reach (address: Address): Promise<Address | undefined> {
    return await this.#seat.place.reach(address)
  }

  /** The browser's limits are those of all its sessions together. */
  occupy (): void {}

  async wipe (): Promise<void> {
    const browser = this.#browser
    if (browser === undefined) return
    this.#browsers.note(browser, await deleted(this.driver))
    this.#leave(browser)
  }

  async destroy (): Promise<void> {
    const browser = this.#browser
    if (browser !== undefined) {
      const wiped = this.wipe().catch(() => {
        browser.retired = true // what the context has left may still be there
        this.#leave(browser)
      })
      browser.doubt = wiped
      await wiped
      if (browser.doubt === wiped) browser.doubt = undefined
    }
    this.#die({ cause: 'ended', why: 'it was removed' })
  }

  #leave (browser: SharedBrowser): void {
    if (this.#browser !== browser) return
    this.#browser = undefined
    this.#browsers.leave(browser)
  }

  get #seat (): SharedBrowser {
    if (this.#browser === undefined) throw new Error(`${this.id} has no browser`)
    return this.#browser
  }
}

/** @returns the memory that the browser takes by then, in MB. Rejects when the context may still be there */
async function deleted (driver: Way): Promise<number> {
  const { status, text } = await exchange(driver, { method: 'DELETE', path: '', signal: AbortSignal.timeout(goneDeadline) })
  if (status !== 200) throw new Error(`the context is not gone: ${text.slice(0, 500)}`)
  return (JSON.parse(text) as { value: { memory: number } }).value.memory
}
