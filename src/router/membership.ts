/** Which agents there are: those of a list, those behind a DNS name, and those that asked to join. Each is dialled, and dialled again. */
import { resolve4, resolve6 } from 'node:dns/promises'
import { WebSocket } from 'ws'
import { linkPath, longestMessage, silence, type Granted, type LinkLog, type LinkStatus, type StatusChange } from '../link/messages.js'
import { Peer } from '../link/peer.js'
import { connectTo, nameOf, placeOf, type Place, type Trust } from '../link/trust.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import { RemoteAgent } from './remote-agent.js'
import type { Router } from './router.js'

export interface MembershipOptions {
  readonly router: Router
  readonly trust: Trust
  /** `host:port` each, or `dns:name:port`, whose addresses are followed as they change. */
  readonly agents: readonly string[]
  /** Commands wait so long for an agent that went away, in milliseconds. */
  readonly patience: number
  readonly log: LinkLog
}

/** Times in milliseconds. */
const dialAgain = { first: 100, most: 2000 }
const dialDeadline = 2000
const lookAgain = 2000
/** A router that was just started waits so long for agents whose sessions it is asked for: they tell it each second that they are there. */
const meeting = 3000
/** An agent that asked to join and cannot be reached is forgotten; it will ask again. */
const forgetAfter = 120_000

interface Dial {
  readonly place: Place
  /** Kept however long it cannot be reached. */
  pinned: boolean
  triedSince: number
  /** Why the last try failed. */
  why: string
  stop: boolean
}

export class Membership {
  readonly #options: MembershipOptions
  readonly #dials = new Map<string, Dial>()
  readonly #agents = new Map<string, RemoteAgent>()
  /** How many routers each agent knows, by its id. */
  readonly #heard = new Map<string, number>()
  /** The most of these; undefined when they have changed. */
  #routers: number | undefined
  readonly #offers = new Map<string, readonly BrowserOffer[]>()
  readonly #peers = new Set<Peer>()
  readonly #listed: readonly Place[]
  readonly #startedAt = performance.now()
  readonly #lookout: NodeJS.Timeout | undefined
  #closed = false

  constructor (options: MembershipOptions) {
    this.#options = options
    const names = options.agents.filter(isName)
    this.#listed = options.agents.filter(agent => !isName(agent)).map(placeOf)
    this.#listed.forEach(place => this.#dial(place, true))
    if (names.length === 0) return
    const look = (): void => { void this.#resolve(names) }
    look()
    this.#lookout = setInterval(look, lookAgain)
  }

  get agents (): readonly RemoteAgent[] {
    return [...this.#agents.values()]
  }

  /** Routers of this grid, as far as its agents know. Asked for at each choice, and found out anew only when an agent says something else than before. */
  get routers (): number {
    this.#routers ??= Math.max(1, ...this.#heard.values())
    return this.#routers
  }

  /** The agent that an id begins with. Undefined when none is known; for a while after the start, it may not have been met yet. */
  async find (route: string): Promise<RemoteAgent | undefined> {
    while (!this.#agents.has(route) && this.beginning) await new Promise(resolve => setTimeout(resolve, 20))
    const agent = this.#agents.get(route)
    await agent?.settled()
    return agent
  }

  known (route: string): RemoteAgent | undefined {
    return this.#agents.get(route)
  }

  /** Whether an agent of this id may still be met for the first time. */
  get beginning (): boolean {
    return performance.now() < this.#startedAt + meeting
  }

  /** An agent asks to join: it is dialled, which proves that it can be reached. Resolves when it is one of ours; rejects with why not. */
  async join (place: Place): Promise<void> {
    const dial = this.#dial(place, false)
    const until = performance.now() + dialDeadline
    while (!this.#connected(place)) {
      if (performance.now() > until || dial.stop) throw new Error(`this router cannot reach it at ${nameOf(place)}: ${dial.why}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }

  close (): void {
    this.#closed = true
    clearInterval(this.#lookout)
    this.#peers.forEach(peer => peer.close('the router stops'))
  }

  #connected (place: Place): boolean {
    return this.agents.some(agent => agent.address === nameOf(place) && agent.presence === 'there')
  }

  #dial (place: Place, pinned: boolean): Dial {
    const name = nameOf(place)
    const known = this.#dials.get(name)
    if (known !== undefined) {
      known.pinned ||= pinned
      known.triedSince = performance.now()
      return known
    }
    const dial: Dial = { place, pinned, triedSince: performance.now(), why: 'no answer', stop: false }
    this.#dials.set(name, dial)
    void this.#keepDialling(dial)
    return dial
  }

  /** Never rejects. */
  async #keepDialling (dial: Dial): Promise<void> {
    let wait = dialAgain.first
    while (!this.#closed && !dial.stop) {
      const met = await this.#link(dial)
      wait = met ? dialAgain.first : Math.min(dialAgain.most, wait * 2)
      if (met) dial.triedSince = performance.now()
      else if (!dial.pinned && performance.now() - dial.triedSince > forgetAfter) break
      await new Promise(resolve => setTimeout(resolve, wait).unref())
    }
    this.#dials.delete(nameOf(dial.place))
    this.agents.filter(({ address }) => address === nameOf(dial.place)).forEach(agent => this.#forget(agent))
  }

  /** One link, from the dial to its end. Resolves with whether there was one; never rejects. */
  async #link (dial: Dial): Promise<boolean> {
    const { place } = dial
    const { trust } = this.#options
    const socket = new WebSocket(`ws://${nameOf(place)}${linkPath}`, { createConnection: (() => connectTo(place, trust)) as never, handshakeTimeout: dialDeadline, perMessageDeflate: false, maxPayload: longestMessage })
    let agent: RemoteAgent | undefined
    const peer = new Peer(socket, {
      silence,
      handlers: {
        status: (change: StatusChange) => {
          if (agent === undefined) agent = this.#meet(change as LinkStatus, place, peer)
          else agent.take(change)
        },
        granted: (what: Granted) => agent?.granted(what)
      }
    })
    this.#peers.add(peer)
    const beat = setInterval(() => peer.tell('ping', {}), silence / 3).unref()
    const why = await peer.closed
    clearInterval(beat)
    this.#peers.delete(peer)
    dial.why = why
    if (agent === undefined) return false
    this.#parted(agent, why, peer.silent)
    return true
  }

  /** An agent's first word on a link. */
  #meet (status: LinkStatus, place: Place, peer: Peer): RemoteAgent | undefined {
    const { router, log } = this.#options
    const known = this.#agents.get(status.id)
    if (known?.presence === 'there') {
      if (known.instance !== status.instance) log.warn({ agent: status.name, at: nameOf(place), other: known.address }, 'two agents have the same name: this one is left out; give it another one (--name)')
      this.#stop(place)
      peer.close('this agent is known already')
      return undefined
    }
    const agent = known !== undefined && known.address === nameOf(place) ? known : new RemoteAgent(status, this.#remoteOptions(place))
    this.#agents.set(agent.id, agent)
    agent.attach(peer, status)
    router.join(agent)
    log.info({ agent: agent.name, at: nameOf(place), browsers: agent.capacity }, known === undefined ? 'agent joined' : 'agent is back')
    return agent
  }

  #parted (agent: RemoteAgent, why: string, silent: boolean): void {
    if (this.#closed) return
    agent.detach(why, silent)
    this.#options.log.warn({ agent: agent.name, why }, 'agent cannot be reached')
  }

  #remoteOptions (place: Place): ConstructorParameters<typeof RemoteAgent>[1] {
    const { trust, patience } = this.#options
    return { place, connect: () => connectTo(place, trust), intern: offers => this.#intern(offers), changed: agent => this.#changed(agent), patience }
  }

  #changed (agent: RemoteAgent): void {
    if (this.#heard.get(agent.id) !== agent.routers) {
      this.#heard.set(agent.id, agent.routers)
      this.#routers = undefined
    }
    this.#options.router.changed(agent)
  }

  #intern (offers: readonly BrowserOffer[]): readonly BrowserOffer[] {
    const key = JSON.stringify(offers)
    const known = this.#offers.get(key) ?? offers
    this.#offers.set(key, known)
    return known
  }

  #stop (place: Place): void {
    const dial = this.#dials.get(nameOf(place))
    if (dial !== undefined && !dial.pinned) dial.stop = true
  }

  #forget (agent: RemoteAgent): void {
    this.#options.router.leave(agent)
    if (this.#agents.get(agent.id) !== agent) return
    this.#agents.delete(agent.id)
    this.#heard.delete(agent.id)
    this.#routers = undefined
  }

  /** Addresses that are new are dialled; those that have gone are dialled no more once they are not there. Never rejects. */
  async #resolve (names: readonly string[]): Promise<void> {
    const found = (await Promise.all(names.map(addressesOf))).flat()
    if (this.#closed || found.length === 0) return // a name server that is away has nobody leave
    const there = new Set([...this.#listed, ...found].map(nameOf))
    found.forEach(place => this.#dial(place, true))
    for (const [name, dial] of this.#dials) {
      if (!there.has(name) && dial.pinned && !this.#connected(dial.place)) dial.stop = true
    }
  }
}

const isName = (agent: string): boolean => agent.startsWith('dns:')

async function addressesOf (name: string): Promise<Place[]> {
  const { host, port } = placeOf(name.slice('dns:'.length))
  const found = await Promise.all([resolve4(host).catch(() => []), resolve6(host).catch(() => [])])
  return found.flat().map(address => ({ host: address, port }))
}
