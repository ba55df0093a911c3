/** The `docker` runtime: each place is a container of its own, hardened and limited, in a network without traffic between containers. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { PlaceWishes } from '../protocol/place-wishes.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import { unlessAborted, within } from '../waits.js'
import { Container } from './container.js'
import { agentLabel, containerOptions, offerKey, offerLabel, orphanTimeout, placeLabel, sharedLabel, sharedOffer, type ContainerOffer, type Ground } from './container-options.js'
import { EmptiedPlace } from './emptied-place.js'
import { engineWords, isMissing, type Engine } from './engine.js'
import { EngineEvents } from './engine-events.js'
import { lockAgent } from './engine-lock.js'
import { closeWays } from './fence.js'
import type { LeftPlace, Place, PlaceLimits, Runtime } from './runtime.js'
import { SingleUsePlace } from './single-use-place.js'

export interface DockerRuntimeOptions {
  readonly engine: Engine
  readonly offers: readonly ContainerOffer[]
  readonly ground: Omit<Ground, 'network' | 'publish' | 'podman' | 'liveRestore'>
  /** Of a leased container, in cores; null is without limit. */
  readonly cpu: number | null
  /** Networks that sessions may join. */
  readonly networks: readonly string[]
}

/** The program that removes all that is ours after we have gone. */
const remover = fileURLToPath(new URL('./remove-containers.js', import.meta.url))
/** How often containers are told that their agent lives, in milliseconds; they end by themselves after ten times that. */
const heartbeat = orphanTimeout * 100
/** A restarted agent has to know its containers within this time, in milliseconds. */
const findDeadline = 3000
/** How long an engine may take to remove what is left, in milliseconds. */
const removeDeadline = 5000
/** How long what is being removed is waited for at the end, in milliseconds. */
const emptyDeadline = 10_000

export class DockerRuntime implements Runtime {
  readonly offers: readonly ContainerOffer[]
  readonly #options: DockerRuntimeOptions
  readonly #ground: Ground
  readonly #containers = new Map<string, Container>()
  readonly #events: EngineEvents
  /** Being made, by their names: the sweep leaves them alone. */
  readonly #coming = new Map<string, Promise<void>>()
  #heart: NodeJS.Timeout | undefined
  #unlock: () => void = () => {}
  #again: () => void = () => {}

  constructor (options: DockerRuntimeOptions) {
    const { engine, ground } = options
    this.#options = options
    this.offers = options.offers
    this.#ground = { ...ground, network: `tggrid-${ground.agent}`, publish: !engine.reachable, podman: engine.podman, liveRestore: engine.liveRestore }
    this.#events = new EngineEvents(engine, ground.agent, {
      happened: (action, id) => this.#happened(action, id),
      back: () => {
        void this.#sweep().catch(() => {})
        this.#again()
      }
    })
  }

  /** Makes the network and listens to the engine. Rejects with what is wrong, before anything of another grid is touched. */
  async open (): Promise<void> {
    this.#unlock = await lockAgent(this.#ground.agent)
    await this.#prepare().catch((error: unknown) => { this.#unlock(); throw error })
  }

  async #prepare (): Promise<void> {
    const { docker } = this.#options.engine
    const { agent, network } = this.#ground
    await docker.createNetwork({
      Name: network,
      CheckDuplicate: true, // older engines make a second one of the same name otherwise
      Driver: 'bridge',
      Labels: { [agentLabel]: agent },
      Options: { 'com.docker.network.bridge.enable_icc': 'false' }
    }).catch((error: unknown) => { if (!/already exists/.test(engineWords(error))) throw new Error(`the network ${network} cannot be made: ${engineWords(error)}`, { cause: error }) })
    await this.#close('none') // it could not be done at all: better known before a client waits
    await this.#events.follow()
    this.#heart = setInterval(() => this.#containers.forEach(container => container.beat()), heartbeat).unref()
  }

  async start (offer: BrowserOffer, signal: AbortSignal): Promise<Place> {
    const own = this.#ownOffer(offer)
    const name = `tggrid-${this.#ground.agent}-${randomBytes(6).toString('hex')}` // never one of an earlier life: what fails to start is removed by its name
    const coming = this.#make(name, own, signal)
    const over = coming.then(place => signal.aborted ? place.destroy() : undefined, () => {}).finally(() => this.#coming.delete(name))
    this.#coming.set(name, over)
    return await unlessAborted(coming, signal) // clients are told in time, while the engine still removes what has come too late
  }

  async #make (name: string, offer: ContainerOffer, signal: AbortSignal): Promise<Place> {
    const container = await Container.start(this.#options.engine, { ...containerOptions(offer, this.#ground), name, networks: offer.place?.networks ?? [] }, signal)
    this.#keep(container)
    return await this.#placeOf(container, offer, signal)
  }

  async leftovers (): Promise<LeftPlace[]> {
    const found = await this.#list()
    const left = await Promise.all(found.map(async ({ Id, Labels }) => await this.#find(Id, Labels).catch(() => undefined)))
    await this.#sweep()
    return left.filter(place => place !== undefined)
  }

  whenBack (again: () => void): void {
    this.#again = again
  }

  async close (): Promise<void> {
    this.#events.close()
    clearInterval(this.#heart)
    // What is being made would come after all has been removed; an engine that is stuck does not keep us.
    await within(removeDeadline, Promise.all(this.#coming.values())).catch(() => {})
    await Promise.all([...this.#containers.values()].map(container => container.remove()))
    await this.#emptied().then(() => this.#removeNetwork()).catch(() => {}) // an engine that does not answer is not asked twice
    this.#unlock()
  }

  kill (): void {
    this.#events.close()
    spawn(process.execPath, [remover, this.#options.engine.address, this.#ground.agent], { detached: true, stdio: 'ignore' }).unref()
  }

  /** Resolves when nothing of ours is left, or after a while: what is being removed already, such as the last session's, takes as long as it takes. */
  async #emptied (): Promise<void> {
    const late = AbortSignal.timeout(emptyDeadline)
    while ((await this.#list()).length > 0 && !late.aborted) {
      await this.#sweep()
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  /** A container that the engine is removing by itself is still in it for a moment. */
  async #removeNetwork (): Promise<void> {
    const network = this.#options.engine.docker.getNetwork(this.#ground.network)
    const late = AbortSignal.timeout(removeDeadline)
    for (let attempt = 0; attempt < 10 && !late.aborted; attempt++) {
      const removed = await network.remove({ abortSignal: late }).then(() => true, isMissing)
      if (removed) return
      await new Promise(resolve => setTimeout(resolve, 200))
    }
  }

  async #placeOf (container: Container, offer: ContainerOffer, signal: AbortSignal): Promise<Place> {
    try {
      const closed = this.#close(`container:${container.id}`, signal)
      if (offer.init) {
        await Promise.all([container.init.ready(signal), closed])
        return new EmptiedPlace(container, offer, this.#limitsOf(offer))
      }
      const place = new SingleUsePlace(container, offer, this.#limitsOf(offer))
      await Promise.all([place.ready(signal), closed])
      return place
    } catch (error) {
      const words = container.said
      await container.remove()
      throw signal.aborted ? signal.reason : new Error(`${offer.image} did not come up: ${(error as Error).message}${words === '' ? '' : `; it said: ${words}`}`, { cause: error })
    }
  }

  /** A container of an earlier life, when a session is running in it. Rejects otherwise. */
  async #find (id: string, labels: Readonly<Record<string, string>>): Promise<LeftPlace> {
    const own = this.offers.find(offer => offerKey(offer) === labels[offerLabel] && offer.init)
    if (own === undefined) throw new Error(`container ${id} is of no offer of ours`)
    const offer = labels[placeLabel] === undefined ? own : { ...own, place: JSON.parse(labels[placeLabel]) as PlaceWishes }
    const container = await Container.find(this.#options.engine, id)
    try {
      const signal = AbortSignal.timeout(findDeadline)
      const note = await container.init.ask('tell', ['note'], signal)
      if (note === 'note') throw new Error(`container ${id} has no session`)
      await this.#close(`container:${id}`, signal) // it may have been made when that was not asked for
      this.#keep(container)
      const made = labels[sharedLabel] === undefined ? offer : sharedOffer(offer)
      return { place: new EmptiedPlace(container, made, this.#limitsOf(made)), offer, record: note.slice('note '.length) }
    } catch (error) {
      await container.remove()
      throw error
    }
  }

  async #close (network: string, signal?: AbortSignal): Promise<void> {
    const { agent, fence } = this.#ground
    if (fence !== undefined) await closeWays(this.#options.engine, network, { agent, fence, ...signal === undefined ? {} : { signal } })
  }

  #keep (container: Container): void {
    this.#containers.set(container.id, container)
    void container.gone.then(() => this.#containers.delete(container.id))
  }

  /** Removes what carries our name and is not ours any more: half-made, stale, forgotten. Rejects when the engine does not answer. */
  async #sweep (): Promise<void> {
    const found = await this.#list()
    const stale = found.filter(({ Id, Names }) => !this.#containers.has(Id) && !Names.some(name => this.#coming.has(name.slice(1))))
    await Promise.all(stale.map(async ({ Id }) => {
      await this.#options.engine.docker.getContainer(Id).remove({ force: true, v: true, abortSignal: AbortSignal.timeout(removeDeadline) }).catch((error: unknown) => { if (!isMissing(error) && !/already in progress/.test(engineWords(error))) throw error })
    }))
  }

  async #list (): Promise<Array<{ Id: string, Names: string[], Labels: Record<string, string> }>> {
    return await this.#options.engine.docker.listContainers({ all: true, abortSignal: AbortSignal.timeout(removeDeadline), filters: { label: [`${agentLabel}=${this.#ground.agent}`] } })
  }

  #happened (action: string, id: string): void {
    const container = this.#containers.get(id)
    if (container === undefined) return
    if (action === 'oom') void container.outOfMemory()
    if (action === 'pause') void container.unpause()
  }

  #limitsOf ({ settings }: ContainerOffer): PlaceLimits {
    const memory = settings.memory ?? this.#ground.memory
    const cpu = settings.cpu ?? this.#options.cpu
    return { ...memory === null ? {} : { memory }, ...cpu === null ? {} : { cpu } }
  }

  #ownOffer (offer: BrowserOffer): ContainerOffer {
    const own = this.offers.find(o => o.browserName === offer.browserName && o.browserVersion === offer.browserVersion && o.playwright === offer.playwright && o.display === offer.display)
    if (own === undefined) throw new Error(`there is no image with ${offer.browserName} ${offer.browserVersion}`)
    const { place } = offer
    const strange = place?.networks?.find(name => !this.#options.networks.includes(name))
    if (strange !== undefined) throw new Error(`the network ${strange} may not be joined by a session (container.networks)`)
    const made = offer.context === undefined ? own : sharedOffer(own)
    return place === undefined ? made : { ...made, place }
  }
}
