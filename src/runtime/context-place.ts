/** A context in a shared browser as a slot's place: it takes a seat when something is opened in it, and gives it back once that has gone. */
import type { Capabilities } from '../protocol/capabilities.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import { exchange } from './http-call.js'
import type { Address, Death, Place, PlaceLimits, Tenancy, Way } from './runtime.js'
import type { SharedBrowser, SharedBrowsers } from './shared-browsers.js'

/** How long a context may take to go, in milliseconds. */
const goneDeadline = 4000

export class ContextPlace implements Place {
  readonly id: string
  readonly keepsDriver = false
  readonly died: Promise<Death>
  readonly #number: number
  readonly #offer: BrowserOffer
  readonly #browsers: SharedBrowsers
  #browser: SharedBrowser | undefined
  #die: (death: Death) => void = () => {}

  /** @param number unique among the contexts of its agent @param browser in which something is open already */
  constructor (number: number, { offer, browsers, browser }: { readonly offer: BrowserOffer, readonly browsers: SharedBrowsers, readonly browser?: SharedBrowser }) {
    this.id = `context ${number}`
    this.#number = number
    this.#offer = offer
    this.#browsers = browsers
    this.died = new Promise(resolve => { this.#die = resolve })
    if (browser !== undefined) this.#sitIn(browser)
  }

  get driver (): Way {
    return wayOf(this.#seat.place.driver, this.#number)
  }

  get needs (): HostNeeds {
    return this.#seat.place.needs
  }

  get limits (): PlaceLimits {
    return this.#browser?.place.limits ?? {}
  }

  async prepare (capabilities: Capabilities, signal: AbortSignal): Promise<void> {
    this.#sitIn(await this.#browsers.seat(this.#offer, capabilities, signal))
  }

  async reach (address: Address): Promise<Address | undefined> {
    return await this.#seat.place.reach(address)
  }

  /** The browser's limits are those of all its sessions together. */
  occupy ({ record }: Tenancy): void {
    if (this.#browser !== undefined) this.#browsers.record(this.#browser, this.#number, record)
  }

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

  #sitIn (browser: SharedBrowser): void {
    this.#browser = browser
    void browser.place.died.then(death => { if (this.#browser === browser) this.#die(death) })
  }

  #leave (browser: SharedBrowser): void {
    if (this.#browser !== browser) return
    this.#browser = undefined
    this.#browsers.record(browser, this.#number, undefined)
    this.#browsers.leave(browser)
  }

  get #seat (): SharedBrowser {
    if (this.#browser === undefined) throw new Error(`${this.id} has no browser`)
    return this.#browser
  }
}

/** Of a context, to the driver of its browser. */
export function wayOf (driver: Way, context: number): Way {
  return { ...driver, path: `${driver.path}/context/${context}` }
}

/** The contexts in which something is open, by their numbers. Rejects when the driver does not say it. */
export async function contextsIn (driver: Way): Promise<number[]> {
  const { status, text } = await exchange(driver, { method: 'GET', path: '/context', signal: AbortSignal.timeout(goneDeadline) })
  if (status !== 200) throw new Error(`the driver does not say what is open: ${text.slice(0, 500)}`)
  return (JSON.parse(text) as { value: number[] }).value
}

/** @param driver of the context @returns the memory that the browser takes by then, in MB. Rejects when the context may still be there */
export async function deleted (driver: Way): Promise<number> {
  const { status, text } = await exchange(driver, { method: 'DELETE', path: '', signal: AbortSignal.timeout(goneDeadline) })
  if (status !== 200) throw new Error(`the context is not gone: ${text.slice(0, 500)}`)
  return (JSON.parse(text) as { value: { memory: number } }).value.memory
}
