/** A container of a foreign image (Selenium's, Selenoid's) as a slot's place: it serves one session, and is removed with it. */
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { Container } from './container.js'
import type { ContainerOffer } from './container-options.js'
import type { Address, Death, Place, PlaceLimits, Tenancy, Way } from './runtime.js'

/** How often it is looked whether the driver is up, in milliseconds. */
const interval = 25

export class SingleUsePlace implements Place {
  readonly id: string
  readonly driver: Way
  readonly needs: HostNeeds
  readonly keepsDriver = false
  readonly died: Promise<Death>
  readonly #container: Container
  readonly limits: PlaceLimits

  constructor (container: Container, { port, base, needs }: ContainerOffer, limits: PlaceLimits) {
    this.id = container.id.slice(0, 12)
    this.driver = { address: container.at(port), path: base, host: `localhost:${port}` }
    this.needs = needs
    this.died = container.ended
    this.#container = container
    this.limits = limits
  }

  /** Resolves when its driver says that it is ready (W3C WebDriver, §8.3 "status"). Rejects with what the container printed when it ends, or the signal's reason. */
  async ready (signal: AbortSignal): Promise<void> {
    let death: Death | undefined
    void this.died.then(died => { death = died })
    while (!await isReady(this.driver)) {
      if (death !== undefined) throw new Error(death.why)
      await pause(interval, undefined, { signal })
    }
  }

  /** Only the driver's own port is known to lead anywhere. */
  async reach (address: Address): Promise<Address> {
    return this.#container.at(address.port)
  }

  occupy ({ memory = this.limits.memory, cpu = this.limits.cpu }: Tenancy): void {
    if (cpu !== undefined || memory !== this.limits.memory) void this.#container.limit({ cpu, memory })
  }

  /** @throws Error always: nobody knows what its image leaves where */
  async wipe (): Promise<void> {
    throw new Error('a container without our init serves one session only')
  }

  async destroy (): Promise<void> {
    await this.#container.remove()
  }
}

function isReady ({ address, path, host }: Way): Promise<boolean> {
  return new Promise(resolve => {
    request({ ...address, path: `${path}/status`, headers: { Host: host }, agent: false, timeout: 2000 }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => { body += text })
      response.on('end', () => resolve(response.statusCode === 200 && !/"ready"\s*:\s*false/.test(body))).on('error', () => resolve(false))
    }).on('timeout', function (this: { destroy (): void }) { this.destroy() }).on('error', () => resolve(false)).end()
  })
}
