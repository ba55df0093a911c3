/** A container as a slot's place: what is the same for those that are emptied between two sessions and for those that serve only one. */
import type { HostNeeds } from '../protocol/host-needs.js'
import type { Container } from './container.js'
import type { ContainerOffer } from './container-options.js'
import type { Address, Death, Place, PlaceLimits, Tenancy, Way } from './runtime.js'

export abstract class ContainerPlace implements Place {
  readonly id: string
  readonly driver: Way
  readonly needs: HostNeeds
  readonly display?: Address
  readonly keepsDriver = false
  readonly died: Promise<Death>
  readonly limits: PlaceLimits
  protected readonly container: Container

  constructor (container: Container, { port, base, vncPort, needs }: ContainerOffer, limits: PlaceLimits) {
    this.id = container.id.slice(0, 12)
    this.driver = { address: container.at(port), path: base, host: `localhost:${port}` }
    if (vncPort !== undefined) this.display = container.at(vncPort)
    this.needs = needs
    this.died = container.ended
    this.limits = limits
    this.container = container
  }

  abstract reach (address: Address): Promise<Address | undefined>

  /** A limit of the processor makes a launch three times slower, so that it holds from now on only. */
  occupy (tenancy: Tenancy): void {
    this.limit(tenancy)
  }

  async destroy (): Promise<void> {
    await this.container.remove()
  }

  /** Returns at once. @returns whether anything is limited beyond what it is limited to from the start */
  protected limit ({ memory = this.limits.memory, cpu = this.limits.cpu }: PlaceLimits): boolean {
    const limited = cpu !== undefined || memory !== this.limits.memory
    if (limited) void this.container.limit({ cpu, memory })
    return limited
  }
}
