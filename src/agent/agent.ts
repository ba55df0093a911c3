/** The owner of all slots of one host, and the only authority over them: a remote end (W3C WebDriver) on top of a pool. */
import { LRUCache } from 'lru-cache'
import type { Capabilities } from '../protocol/capabilities.js'
import { WebDriverError } from '../protocol/errors.js'
import { noMatch, pick } from '../protocol/matching.js'
import { profileOf, type Profile } from '../protocol/profile.js'
import type { AgentSlots, AgentStatus, BrowserOffer, Door, EndReason, RemoteEnd, Session, SessionRequest, Status, Upstream } from '../protocol/remote-end.js'
import { sessionId, type SessionId } from '../protocol/session-id.js'
import { sessionOptions } from '../protocol/session-options.js'
import { wished, type Wished } from '../protocol/wished.js'
import { AgentReport, type AboutAgent } from './agent-report.js'
import { before, type Clock } from './clock.js'
import { Drains } from './drains.js'
import type { AgentEvents } from './events.js'
import { Full } from './full.js'
import type { Loss, Pool } from './pool.js'
import { readRecord, writeRecord } from './lease-record.js'
import { reopenBrowser } from './open-browser.js'
import { describeEnd, LiveSession, whyNoDoor, type SessionLimits } from './session.js'
import type { Slot } from './slot.js'
import type { LeftPlace } from '../runtime/runtime.js'

export interface AgentOptions extends AboutAgent {
  readonly limits: SessionLimits
  /** The longest idle timeout that a session may ask for, in milliseconds. */
  readonly maxIdle: number
  /** The most that a session may ask for, in MB and in cores. */
  readonly maxMemory: number
  readonly maxCpu: number
  readonly clock: Clock
  readonly events: AgentEvents
}

interface Beginning {
  readonly request: SessionRequest
  readonly limits: SessionLimits
  readonly wish: Wished
}

/** Ended sessions whose end can still be told. */
const remembered = 10_000
/** How long a command in flight may take to notice that its browser has gone, in milliseconds. */
const lastAnswer = 1000
/** How long a browser that has outlived its agent may take to show that it lives, in milliseconds. */
const adoptionDeadline = 3000

export class Agent implements RemoteEnd {
  readonly id: string
  readonly #options: AgentOptions
  readonly #pool: Pool
  readonly #note: (profile: Profile, offer: BrowserOffer) => void
  readonly #sessions = new Map<SessionId, LiveSession>()
  readonly #ended = new LRUCache<SessionId, string>({ max: remembered })
  readonly #report: AgentReport
  /** Sessions that are being opened. */
  readonly #leasing = new Set<Promise<Slot>>()
  readonly #drains = new Drains()

  /** @param note told of each profile that a client got */
  constructor (options: AgentOptions, pool: Pool, note: (profile: Profile, offer: BrowserOffer) => void) {
    this.id = options.id
    this.#options = options
    this.#pool = pool
    this.#note = note
    this.#report = new AgentReport(options, pool)
  }

  get name (): string { return this.#options.name }
  get capacity (): number { return this.#options.capacity }

  /** Sessions for which there is room at this moment. */
  get room (): number {
    return this.#drains.on ? 0 : this.#pool.room
  }

  /** @throws Full when every browser is in use: nothing has happened then */
  async newSession (request: SessionRequest): Promise<Session> {
    const { offers } = this.#options
    const match = pick(request.candidates, offers)
    if (match === undefined) throw noMatch(request.candidates, offers)
    const limits = this.#limitsOf(match.candidate)
    const wish = wished(match.offer, match.candidate, request.user)
    const { offer } = wish
    const profile = profileOf(match.candidate, offer)
    if (this.#drains.on) throw new Full('no new sessions: it drains')
    const leasing = this.#pool.lease({ profile, offer, signal: request.signal })
    this.#leasing.add(leasing)
    try {
      const slot = await leasing
      this.#note(profile, offer)
      return this.#begin(slot, { request, limits, wish })
    } finally {
      this.#leasing.delete(leasing)
    }
  }

  /** A request is on its way: what it will probably get is proven alive while it is being read. */
  foresee (): void {
    this.#pool.foresee()
  }

  async endSession (id: SessionId, reason: EndReason): Promise<void> {
    const live = this.#live(id)
    live.close()
    this.#sessions.delete(id)
    this.#ended.set(id, describeEnd(reason, { ...live.slot.place?.limits, ...live.limits }))
    live.slot.session = undefined
    this.#options.events.emit('sessionEnded', live.session, reason)
    setImmediate(() => { void this.#pool.recycle(live.slot) }) // the client is answered first
  }

  /** Ends a session as soon as nothing goes through it any more. Never rejects. */
  async endWhenQuiet (id: SessionId, reason: EndReason): Promise<void> {
    const live = this.#sessions.get(id)
    await live?.quiet()
    if (live !== undefined && this.#sessions.get(id) === live) await this.endSession(id, reason)
  }

  /** Ends a session through which nothing has gone yet. Never rejects. */
  async endUnused (id: SessionId, reason: EndReason): Promise<void> {
    if (this.#sessions.get(id)?.used === false) await this.endSession(id, reason)
  }

  locate (id: SessionId, door: Door): Upstream {
    const upstream = this.#live(id).door(door)
    if (upstream === undefined) throw new WebDriverError('unsupported operation', `session ${id} has no ${door} socket: ${whyNoDoor[door]}`)
    return upstream
  }

  /** A slot's browser or place has gone while it was leased. Commands in flight get the driver's own answer first. */
  async lost (slot: Slot, reason: Loss): Promise<void> {
    const { session, place } = slot
    if (session === undefined) return
    if (reason === 'browser died') await place?.verdict?.() // a container's end says more, and is heard of a moment later
    await session.quiet(lastAnswer)
    if (slot.session === session) await this.endSession(session.session.id, reason)
  }

  /** Goes on with the sessions of an earlier life of this agent that are still running; what is none any more is removed. Never rejects. */
  async adopt (left: readonly LeftPlace[]): Promise<void> {
    await Promise.all(left.map(place => this.#adopt(place).catch(() => place.place.destroy())))
  }

  /**
   * No new sessions; those that run or are being opened may finish within the grace (ms), then they are ended. Resolves when none is left, or at
   * the deadline of a drain that was undone, or that another one has followed: only the last one counts. @param forGood it cannot be undone
   */
  async drain (grace: number, forGood = false): Promise<void> {
    const counts = this.#drains.begin(forGood)
    this.#options.events.emit('draining', true)
    const { clock } = this.#options
    const deadline = clock.now() + grace
    await before(deadline, clock, Promise.allSettled(this.#leasing))
    await before(deadline, clock, Promise.all([...this.#sessions.values()].map(({ over }) => over)))
    if (!counts()) return
    for (const id of [...this.#sessions.keys()]) await this.endSession(id, 'drained')
  }

  /** New sessions again; running ones are not ended. @returns false when it cannot be undone: the process is about to end. */
  undrain (): boolean {
    const undone = this.#drains.undo()
    if (undone) this.#options.events.emit('draining', false)
    return undone
  }

  async close (): Promise<void> {
    this.#drains.begin(true)
    for (const id of [...this.#sessions.keys()]) await this.endSession(id, 'drained')
    await this.#pool.close()
  }

  session (id: SessionId): Session {
    return this.#live(id).session
  }

  status (): Status & { readonly agents: readonly [AgentStatus] } {
    const agent = this.#report.status({ draining: this.#drains.on, leased: this.#sessions.size })
    return { ready: agent.availability === 'UP', message: agent.failure ?? '', agents: [agent], queue: [] }
  }

  async slots (): Promise<AgentSlots[]> {
    return [{ agent: this.id, slots: [...this.#pool.slots].map(slot => slot.status()) }]
  }

  #begin (slot: Slot, { request, limits, wish: { offer: _, ...isolation } }: Beginning): Session {
    const { clock, events } = this.#options
    const { browser } = slot
    if (browser === undefined) throw new Error(`slot ${slot.id} was leased without a browser`)
    const session: Session = {
      id: sessionId(this.id, browser.driverSession),
      user: request.user,
      capabilities: browser.capabilities,
      doors: Object.keys(browser.doors) as Door[],
      browserName: slot.offer.browserName,
      browserVersion: slot.offer.browserVersion,
      poolHit: browser.openedAt <= request.askedAt,
      startupTime: clock.now() - request.askedAt,
      createdAt: new Date(),
      ...isolation,
      bound: request.bound ?? false,
      claimable: request.claimable ?? false
    }
    this.#enter(session, slot, limits)
    slot.place?.occupy({ ...limits, record: () => writeRecord({ session, browser, limits }) })
    events.emit('sessionStarted', session)
    return session
  }

  /** Rejects when the session is not running any more. */
  async #adopt ({ place, offer, record }: LeftPlace): Promise<void> {
    const lease = readRecord(record)
    if (lease === undefined) throw new Error(`place ${place.id} has no session`)
    const { session, limits } = lease
    if (session.bound) throw new Error(`session ${session.id} has lost the socket that brought it`)
    const browser = await reopenBrowser(place, lease.browser, AbortSignal.timeout(adoptionDeadline))
    this.#enter(session, this.#pool.adopt(offer, place, browser), limits)
    this.#options.events.emit('sessionAdopted', session)
  }

  #enter (session: Session, slot: Slot, limits: SessionLimits): void {
    const { clock } = this.#options
    const live = new LiveSession({ session, slot, limits, clock, expired: reason => { void this.endSession(session.id, reason) } })
    slot.session = live
    this.#sessions.set(session.id, live)
  }

  #limitsOf (candidate: Capabilities): SessionLimits {
    const { limits, maxIdle, maxMemory, maxCpu } = this.#options
    const { idleTimeout, lifetime, memory, cpu } = sessionOptions(candidate)
    return {
      ...memory === undefined ? {} : { memory: Math.min(memory, maxMemory) },
      ...cpu === undefined ? {} : { cpu: Math.min(cpu, maxCpu) },
      idle: Math.min(idleTimeout ?? limits.idle, maxIdle),
      lifetime: limits.lifetime === 0 ? lifetime ?? 0 : Math.min(lifetime ?? limits.lifetime, limits.lifetime)
    }
  }

  #live (id: SessionId): LiveSession {
    const live = this.#sessions.get(id)
    if (live !== undefined) return live
    const end = this.#ended.get(id)
    throw new WebDriverError('invalid session id', end === undefined ? `there is no session ${id} here` : `session ${id} ended: ${end}`, end === undefined ? {} : { reason: 'ended' })
  }
}
