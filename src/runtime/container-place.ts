/** A container with our init as a slot's place: emptied by its init, and told there what an agent must not forget. */
import type { HostNeeds } from '../protocol/host-needs.js'
import type { Container } from './container.js'
import { devtoolsPort, home, type ContainerOffer } from './container-options.js'
import type { Address, Death, Place, PlaceLimits, Tenancy, Way } from './runtime.js'

/** How long emptying may take before the container is thrown away, in milliseconds. */
const wipeDeadline = 5000
const answerDeadline = 3000
/** How much later than a browser's end the engine may tell that it was killed for memory, in milliseconds. */
const verdictDelay = 400

export class ContainerPlace implements Place {
  readonly id: string
  readonly driver: Way
  readonly needs: HostNeeds
  readonly display?: Address
  readonly keepsDriver = false
  readonly died: Promise<Death>
  readonly #container: Container
  readonly limits: PlaceLimits
  #limited = false

  constructor (container: Container, { port, base, vncPort, needs }: ContainerOffer, limits: PlaceLimits) {
    this.id = container.id.slice(0, 12)
    this.driver = { address: container.at(port), path: base, host: `localhost:${port}` }
    if (vncPort !== undefined) this.display = container.at(vncPort)
    this.needs = { ...needs, folder: home }
    this.died = container.ended
    this.#container = container
    this.limits = limits
  }

  async verdict (): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.died, new Promise<void>(resolve => { timer = setTimeout(resolve, verdictDelay) })])
    clearTimeout(timer)
  }

  /** Chrome listens on its own loopback: the init passes connections on. What listens on every address is reached as it is. */
  async reach ({ host, port }: Address): Promise<Address> {
    if (host === '0.0.0.0') return this.#container.at(port)
    await this.#container.init.ask(`forward ${port}`, ['forwarding'], AbortSignal.timeout(answerDeadline))
    return this.#container.at(devtoolsPort)
  }

  /** A limit of the processor makes a launch three times slower, so that it holds from now on only. */
  occupy ({ record, memory = this.limits.memory, cpu = this.limits.cpu }: Tenancy): void {
    this.#container.init.say(`note ${ascii(record)}`)
    this.#limited = cpu !== undefined || memory !== this.limits.memory
    if (this.#limited) void this.#container.limit({ cpu, memory })
  }

  async wipe (): Promise<void> {
    if (this.#limited) await this.#container.limit({ cpu: undefined, memory: this.limits.memory })
    this.#limited = false
    await this.#container.init.wipe(AbortSignal.timeout(wipeDeadline))
  }

  async destroy (): Promise<void> {
    await this.#container.remove()
  }
}

/** JSON without anything beyond ASCII. */
function ascii (json: string): string {
  return json.replace(/[\u007f-\uffff]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
