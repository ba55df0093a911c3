/** A container with our init as a slot's place: emptied by its init, and told there what an agent must not forget. */
import { randomUUID } from 'node:crypto'
import type { UploadedFile } from '../protocol/files.js'
import type { Container } from './container.js'
import { devtoolsPort, home, type ContainerOffer } from './container-options.js'
import { ContainerPlace } from './container-place.js'
import type { Address, PlaceLimits, Tenancy } from './runtime.js'

/** How long emptying may take before the container is thrown away, in milliseconds. */
const wipeDeadline = 5000
const answerDeadline = 3000
/** How much later than a browser's end the engine may tell that it was killed for memory, in milliseconds. */
const verdictDelay = 400

/** A client is answered first, in milliseconds: a note wakes the engine, its shim and the init. */
const noteDelay = 10

export class EmptiedPlace extends ContainerPlace {
  #limited = false
  #record = (): string => ''
  /** The note is written soon. */
  #noting: NodeJS.Timeout | undefined

  constructor (container: Container, offer: ContainerOffer, limits: PlaceLimits) {
    super(container, { ...offer, needs: { ...offer.needs, folder: home } }, limits)
  }

  async verdict (): Promise<void> {
    void this.container.lookForShortage()
    let timer: NodeJS.Timeout | undefined
    await Promise.race([this.died, new Promise<void>(resolve => { timer = setTimeout(resolve, verdictDelay) })])
    clearTimeout(timer)
  }

  /** Chrome listens on its own loopback: the init passes connections on. What listens on every address is reached as it is. */
  async reach ({ host, port }: Address): Promise<Address> {
    if (host === '0.0.0.0') return this.container.at(port)
    await this.container.init.forward(port, AbortSignal.timeout(answerDeadline))
    return this.container.at(devtoolsPort)
  }

  override occupy (tenancy: Tenancy): void {
    this.#limited = this.limit(tenancy)
    this.note(tenancy.record)
  }

  note (record: () => string): void {
    this.#record = record
    this.#noting ??= setTimeout(() => {
      this.#noting = undefined
      this.container.init.say(`note ${ascii(this.#record())}`)
    }, noteDelay)
  }

  override async destroy (): Promise<void> {
    this.#noteNothing()
    await super.destroy()
  }

  async receive ({ name, bytes }: UploadedFile): Promise<string> {
    const folder = `${home}/uploads/${randomUUID()}`
    await this.container.write({ folder, name, bytes })
    return `${folder}/${name}`
  }

  async wipe (): Promise<void> {
    this.#noteNothing()
    if (this.#limited) await this.container.limit({ cpu: undefined, memory: this.limits.memory })
    this.#limited = false
    await this.container.init.wipe(AbortSignal.timeout(wipeDeadline))
  }

  #noteNothing (): void {
    clearTimeout(this.#noting)
    this.#noting = undefined
  }
}

/** JSON without anything beyond ASCII. */
function ascii (json: string): string {
  return json.replace(/[\u007f-\uffff]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
