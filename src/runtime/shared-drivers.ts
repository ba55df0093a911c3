/**
 * Drivers that open several browsers, each with a folder of its own: Playwright's. Such a driver is a Node process of 100 MiB whose code is
 * fast only once it has run for a while, so that slots share it; a browser and all that it writes stay the slot's own.
 */
import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { DriverOptions } from './driver-process.js'
import { emptyFolder, endProcesses } from './leftovers.js'
import { groupsOf, justNow } from './processes.js'
import type { Address, Death, Place, Way } from './runtime.js'

export interface SharedPlace extends Pick<DriverOptions, 'id' | 'folder' | 'signal'> {
  /** Drivers are shared by those who ask with the same name. */
  readonly driver: string
  /** Starts one more. @param id of the driver, for its folder */
  readonly start: (id: string) => Promise<Place>
  readonly needs: HostNeeds
}

/** Browsers that one driver serves at most: all their messages go through its one thread. */
const mostPlaces = 8
/** Places after which a driver gets no further ones: what it leaks ends with it. */
const longestLife = 1000

interface Driver {
  readonly process: Place
  readonly places: Set<Place>
  served: number
}

export class SharedDrivers {
  /** Under way or there, by name. */
  readonly #drivers = new Map<string, Promise<Driver>[]>()
  #made = 0

  /** A place at a driver that has room, or at a new one. */
  async place (wanted: SharedPlace): Promise<Place> {
    const driver = await this.#driver(wanted)
    const place = new PlaceOfShared(driver.process, wanted, () => this.#release(wanted.driver, driver, place))
    driver.places.add(place)
    driver.served++
    return place
  }

  async close (): Promise<void> {
    const all = await Promise.allSettled([...this.#drivers.values()].flat())
    await Promise.all(all.map(one => one.status === 'fulfilled' ? one.value.process.destroy() : undefined))
  }

  async #driver (wanted: SharedPlace): Promise<Driver> {
    const drivers = this.#drivers.get(wanted.driver) ?? []
    this.#drivers.set(wanted.driver, drivers)
    for (const starting of drivers) {
      const driver = await starting.catch(() => undefined)
      if (driver !== undefined && driver.places.size < mostPlaces && driver.served < longestLife) return driver
    }
    return await this.#start(wanted, drivers)
  }

  /** One more, which is in the list until it dies. */
  #start ({ driver, start }: SharedPlace, drivers: Promise<Driver>[]): Promise<Driver> {
    const starting = start(`${driver}-${++this.#made}`).then(process => ({ process, places: new Set<Place>(), served: 0 }))
    const forget = (): void => { drivers.splice(drivers.indexOf(starting), 1) }
    drivers.push(starting)
    starting.then(({ process }) => process.died.then(forget), forget)
    return starting
  }

  /** A driver without places goes, unless it is the only one left. */
  #release (name: string, driver: Driver, place: Place): void {
    driver.places.delete(place)
    const others = (this.#drivers.get(name)?.length ?? 0) > 1
    if (driver.places.size === 0 && (others || driver.served >= longestLife)) void driver.process.destroy()
  }
}

class PlaceOfShared implements Place {
  readonly id: string
  readonly keepsDriver = true
  readonly needs: HostNeeds
  readonly driver: Way
  readonly died: Promise<Death>
  readonly #folder: string
  readonly #release: () => void
  /** Its processes began later. */
  #since = justNow()
  #destroyed: () => void = () => {}

  constructor (driver: Place, { id, folder, needs }: SharedPlace, release: () => void) {
    this.id = id
    this.needs = { ...needs, folder }
    this.driver = driver.driver
    this.died = Promise.race([driver.died, new Promise<Death>(resolve => { this.#destroyed = () => resolve({ cause: 'ended', why: 'it was removed' }) })])
    this.#folder = folder
    this.#release = release
    mkdirSync(folder)
  }

  async reach (address: Address): Promise<Address> {
    return { host: '127.0.0.1', port: address.port }
  }

  /** Local processes have no limits, and end with their agent. */
  occupy (): void {}

  async wipe (): Promise<void> {
    await this.#endProcesses()
    this.#since = justNow()
    await emptyFolder(this.#folder)
  }

  async destroy (): Promise<void> {
    await this.#endProcesses().catch(() => {}) // in uninterruptible sleep: the kernel ends it in its time
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {}) // the workspace's removal is the second try
    this.#release()
    this.#destroyed()
  }

  async #endProcesses (): Promise<void> {
    const mark = { text: `TMPDIR=${this.#folder}\0`, since: this.#since }
    await endProcesses(this.id, () => groupsOf(mark))
  }
}
