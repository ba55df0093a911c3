/** The `process` runtime: each place is a driver that leads a process group of its own, with a folder of its own; Playwright's drivers are shared. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import { startDriver } from './driver-process.js'
import { SharedDrivers } from './shared-drivers.js'
import type { Place, Runtime } from './runtime.js'

/** A browser of this machine, with the driver that fits it. */
export interface LocalOffer extends BrowserOffer {
  /** The driver's command, such as `/usr/bin/chromedriver`. */
  readonly driver: string
  /** Further arguments of the driver, and variables of its environment. */
  readonly driverArgs: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly needs: HostNeeds
}

export interface ProcessRuntimeOptions {
  readonly offers: readonly LocalOffer[]
  /** Under which each place gets its folder; exists, and is the caller's to remove. */
  readonly folder: string
  /** What drivers and browsers see of our environment: never our secrets, which a page could read from file:///proc/self/environ. */
  readonly environment: Readonly<Record<string, string>>
}

export class ProcessRuntime implements Runtime {
  readonly offers: readonly LocalOffer[]
  readonly #folder: string
  readonly #environment: Readonly<Record<string, string>>
  readonly #places = new Set<Place>()
  readonly #shared = new SharedDrivers()
  #made = 0

  constructor (options: ProcessRuntimeOptions) {
    this.offers = options.offers
    this.#environment = options.environment
    this.#folder = options.folder
  }

  async start (offer: BrowserOffer, signal: AbortSignal): Promise<Place> {
    const local = this.#localOffer(offer)
    const id = String(++this.#made)
    const place = local.playwright === undefined || offer.context !== undefined
      ? await this.#startDriver(offer.context === undefined ? local : sharing(local), id, signal)
      : await this.#shared.place({ id, folder: join(this.#folder, id), driver: `playwright-${local.playwright}`, needs: local.needs, start: id => this.#startDriver(local, id, signal), signal })
    this.#places.add(place)
    void place.died.finally(() => this.#places.delete(place))
    return place
  }

  async close (): Promise<void> {
    await Promise.all([...this.#places].map(place => place.destroy()))
    await this.#shared.close()
  }

  async #startDriver (local: LocalOffer, id: string, signal: AbortSignal): Promise<Place> {
    return await startDriver({ id, folder: join(this.#folder, id), command: local.driver, args: local.driverArgs, needs: local.needs, environment: { ...this.#environment, ...local.environment }, signal })
  }

  #localOffer (offer: BrowserOffer): LocalOffer {
    const local = this.offers.find(o => o.browserName === offer.browserName && o.browserVersion === offer.browserVersion && o.playwright === offer.playwright)
    if (local === undefined) throw new Error(`this machine has no ${offer.browserName} ${offer.browserVersion}`)
    return local
  }
}

const contextDriver = fileURLToPath(new URL('context-driver.js', import.meta.url))
const playwrightContextDriver = fileURLToPath(new URL('playwright-context-driver.js', import.meta.url))

/** The same browser, whose driver opens contexts in it. */
function sharing (offer: LocalOffer): LocalOffer {
  if (offer.playwright !== undefined) return { ...offer, driverArgs: [playwrightContextDriver, ...offer.driverArgs.slice(1)] }
  return { ...offer, driver: process.execPath, driverArgs: [contextDriver, '127.0.0.1', '0', offer.driver, ...offer.driverArgs] }
}
