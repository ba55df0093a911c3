/** An agent elsewhere: what it last said of itself, and a link on which it is asked. */
import type { Socket } from 'node:net'
import { LinkError } from '../link/link-error.js'
import { sessionFrom, slotsFrom, type EndSession, type Granted, type LinkStatus, type Prewarm, type StatusChange } from '../link/messages.js'
import type { Peer } from '../link/peer.js'
import { nameOf, type Place } from '../link/trust.js'
import { WebDriverError } from '../protocol/errors.js'
import type { AgentSlots, AgentStatus, BrowserOffer, Door, EndReason, RemoteEnd, Session, SessionRequest, Status, Upstream } from '../protocol/remote-end.js'
import type { SessionId } from '../protocol/session-id.js'
import { within } from '../waits.js'
import { Asking, explained, Unheard, Vanished } from './asking.js'
import type { Member } from './member.js'
import { startupOf } from './policies.js'
import { SessionSockets } from './session-sockets.js'
import { Standing } from './standing.js'
import { TakenSessions } from './taken-sessions.js'

export interface RemoteAgentOptions {
  readonly place: Place
  /** A connection for a session's bytes. */
  readonly connect: () => Socket
  /** The same list for equal ones. */
  readonly intern: (offers: readonly BrowserOffer[]) => readonly BrowserOffer[]
  /** It has room that it had not, or offers something else, perhaps. */
  readonly changed: (agent: RemoteAgent) => void
  /** Commands wait so long for an agent that went away, in milliseconds. */
  readonly patience: number
}

/** `away`: its link broke a moment ago, and it may be back at once. `gone`: it is not waited for. */
type Presence = 'there' | 'away' | 'gone'

/** An agent that does not say within so long whether it has room is passed over, in milliseconds. */
const grantDeadline = 500
/** For what people want to see, in milliseconds. */
const slotsDeadline = 2000

const now = (): number => performance.now()

export class RemoteAgent implements RemoteEnd, Member {
  readonly id: string
  readonly end = this
  readonly place: Place
  readonly #options: RemoteAgentOptions
  readonly #standing = new Standing()
  readonly #asking = new Asking()
  readonly #taken = new TakenSessions()
  readonly #sockets: SessionSockets
  #status: LinkStatus
  #offers: readonly BrowserOffer[]
  #peer: Peer | undefined
  #presence: Presence = 'gone'
  #why = ''
  /** Asked by us and not answered. */
  #pending = 0
  /** Asked by us since its last word, which does not count them. */
  #unheard = 0
  #saidAt = performance.now()
  #back: (() => void)[] = []
  #patience: NodeJS.Timeout | undefined

  constructor (status: LinkStatus, options: RemoteAgentOptions) {
    this.id = status.id
    this.place = options.place
    this.#options = options
    this.#status = status
    this.#offers = options.intern(status.browsers)
    this.#sockets = new SessionSockets(options.connect)
  }

  get name (): string { return this.#status.name }
  get instance (): string { return this.#status.instance }
  get address (): string { return nameOf(this.place) }
  get routers (): number { return this.#status.routers }
  get presence (): Presence { return this.#presence }
  get offers (): readonly BrowserOffer[] { return this.#offers }
  get leased (): number { return this.#status.leased + this.#unheard }
  get warm (): Readonly<Record<string, number>> { return this.#status.warm }
  get capacity (): number { return this.#status.capacity }
  get weight (): number { return this.#status.weight }
  get cpu (): number { return this.#status.cpu }
  get memory (): number { return this.#status.memory }
  get startup (): number { return startupOf(this.#status.tally) }
  get failing (): boolean { return this.#status.availability === 'DOWN' }

  get room (): number {
    if (this.#presence !== 'there' || this.#status.availability === 'DRAINING') return 0
    return Math.min(this.capacity - this.leased, this.#standing.room(this.#pending, now))
  }

  isWarm (profile: string): boolean {
    return (this.warm[profile] ?? 0) > this.#unheard
  }

  isElsewhere (error: unknown): boolean {
    return error instanceof LinkError && error.problem === 'full'
  }

  hasVanished (error: unknown): boolean {
    return error instanceof Vanished
  }

  /** It is there, or there again. */
  attach (peer: Peer, status: LinkStatus): void {
    this.#peer = peer
    this.#presence = 'there'
    this.#why = ''
    clearTimeout(this.#patience)
    this.#sockets.keep()
    this.#taken.again(peer)
    this.take(status)
    this.#back.splice(0).forEach(back => back())
  }

  /** Its link broke. @param silent it said nothing any more, so that it cannot be expected back at once */
  detach (why: string, silent: boolean): void {
    this.#peer = undefined
    this.#why = why
    this.#standing.failed(performance.now(), this.#saidAt)
    this.#patience = setTimeout(() => this.#giveUp(), silent ? 0 : this.#options.patience).unref()
    if (silent) this.#sockets.cutSoon(why)
    this.#presence = 'away'
    this.#taken.cut()
    this.#recheck()
  }

  /** What it says of itself. */
  take (change: StatusChange): void {
    this.#status = { ...this.#status, ...change }
    if (change.browsers !== undefined) this.#offers = this.#options.intern(change.browsers)
    this.#unheard = 0
    this.#saidAt = performance.now()
    this.#options.changed(this)
  }

  /** It opens what it was asked for. */
  granted (what: Granted): void {
    this.#asking.granted(what)
  }

  /** Resolves when an agent that is away is back, or is not waited for any more. */
  settled (): Promise<void> {
    return this.#presence === 'away' ? new Promise(resolve => this.#back.push(resolve)) : Promise.resolve()
  }

  async newSession (request: SessionRequest): Promise<Session> {
    this.#pending++
    this.#unheard++
    try {
      const session = sessionFrom(await this.#opened(request).catch(error => { throw explained(error, `agent ${this.name} at ${this.address}`) }))
      this.#taken.take(session.id, this.#peer)
      this.#standing.wentWell()
      return session
    } finally {
      this.#pending--
      this.#options.changed(this)
    }
  }

  async endSession (id: SessionId, reason: EndReason): Promise<void> {
    await this.#ask('endSession', { id, reason } satisfies EndSession).catch(error => { throw explained(error, `agent ${this.name} at ${this.address}`) })
  }

  /** At the agent, by the path that it knows this door by. @throws WebDriverError `unknown error` when the agent is not there */
  locate (id: SessionId, door: Door): Upstream {
    return this.upstream(`/session/${id}${doors[door]}`, '')
  }

  session (id: SessionId): never {
    throw new WebDriverError('unsupported operation', `session ${id} is at agent ${this.name}, which knows it`)
  }

  /** Where its sessions' requests go. @throws WebDriverError `unknown error` when it is not there */
  upstream (base: string, user: string): Upstream {
    if (this.#presence !== 'there') throw this.#absent()
    return { authority: this.address, address: this.place, base, user, kind: 'agent', connect: this.#sockets.connect, enter () {}, leave () {} }
  }

  status (): Status {
    const agent = this.#agentStatus()
    return { ready: agent.availability === 'UP', message: agent.failure ?? '', agents: [agent], queue: [] }
  }

  async slots (): Promise<readonly AgentSlots[]> {
    return await within(slotsDeadline, this.#ask('slots', {}).then(slotsFrom)).catch(() => [])
  }

  async prewarm (wish: Prewarm, signal: AbortSignal): Promise<number> {
    return Number(await this.#ask('prewarm', wish, signal) ?? 0)
  }

  /** @param grace in milliseconds */
  async drain (grace: number): Promise<void> {
    await this.#ask('drain', { grace })
  }

  /** @returns false when it cannot be undone: the agent is about to end. Rejects for an agent of an older version, which cannot undo it */
  async undrain (): Promise<boolean> {
    return await this.#ask('undrain', {}) === true
  }

  #agentStatus (): AgentStatus {
    const { instance, routers, grants, ...status } = this.#status
    const there = this.#presence === 'there'
    return {
      ...status,
      ...there ? {} : { availability: 'DOWN', failure: this.#absent().message },
      address: this.address,
      age: performance.now() - this.#saidAt
    }
  }

  /** An agent that is slow to say whether it has room has made nothing yet: another one is asked, and it is asked less. */
  async #opened ({ signal, askedAt, noWait, ...asked }: SessionRequest): Promise<unknown> {
    const since = performance.now()
    if (this.#peer === undefined) throw new LinkError('full', this.#absent().message)
    const wish = { ...asked, waited: performance.timeOrigin + since - askedAt, takes: true }
    const patience = { signal, deadline: grantDeadline }
    try {
      return await (this.#status.grants === true ? this.#asking.atOnce(this.#peer, wish, patience) : this.#asking.inTwoSteps(this.#peer, wish, patience))
    } catch (error) {
      if (!(error instanceof Unheard)) throw error
      this.#standing.failed(performance.now(), since)
      this.#recheck()
      error.answer?.then(session => this.endSession(sessionFrom(session).id, 'client gone')).catch(() => {}) // it was only slow
      throw new LinkError('full', `agent ${this.name}: ${error.message}`)
    }
  }

  async #ask (method: string, params: unknown, signal?: AbortSignal): Promise<unknown> {
    if (this.#peer === undefined) throw new LinkError('full', this.#absent().message)
    return await this.#peer.ask(method, params, signal)
  }

  #absent (): WebDriverError {
    return new WebDriverError('unknown error', `agent ${this.name} at ${this.address}, which has this session, cannot be reached: ${this.#why}`)
  }

  #giveUp (): void {
    this.#presence = 'gone'
    this.#back.splice(0).forEach(back => back())
  }

  /** Looks again once it may be asked again. */
  #recheck (): void {
    const wait = this.#standing.bannedUntil - performance.now()
    setTimeout(() => this.#options.changed(this), Math.max(0, wait) + 1).unref()
  }
}

/** An agent's own paths for what a session can be driven by. */
const doors: Readonly<Record<Door, string>> = { webdriver: '', bidi: '', cdp: '/se/cdp', playwright: '/se/playwright', vnc: '/se/vnc' }
