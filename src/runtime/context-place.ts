/** A context in a shared browser as a slot's place: it takes a seat when something is opened in it, and gives it back once that has gone. */
import { request } from 'node:http'
import type { Capabilities } from '../protocol/capabilities.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Address, Death, Place, PlaceLimits, Way } from './runtime.js'
import type { SharedBrowser, SharedBrowsers } from './shared-browsers.js'

/** How long a context may take to go, in milliseconds. */
const goneDeadline = 4000

export class ContextPlace implements Place {
  readonly id: string
  readonly keepsDriver = false
  readonly died: Promise<Death>
  readonly #offer: BrowserOffer
  readonly #browsers: SharedBrowsers
  #browser: SharedBrowser | undefined
  #die: (death: Death) => void = () => {}

  constructor (id: string, offer: BrowserOffer, browsers: SharedBrowsers) {
    this.id = `context ${id}`
    this.#offer = offer
    this.#browsers = browsers
    this.died = new Promise(resolve => { this.#die = resolve })
  }

  get driver (): Way {
    const { driver } = this.#seat.place
    return { ...driver, path: `${driver.path}/context/${this.id.replace('context ', '')}` }
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
function deleted ({ address, path, host }: Way): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ ...address, method: 'DELETE', path, headers: { Host: host }, agent: false, signal: AbortSignal.timeout(goneDeadline) }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve((JSON.parse(text) as { value: { memory: number } }).value.memory)
        else reject(new Error(`the context is not gone: ${text.slice(0, 500)}`))
      })
    }).on('error', reject).end()
  })
}
