/** A remote end made of remote ends: queues, picks an agent, forgets. A session's id says where it is, so no table is kept. */
import { WebDriverError } from '../protocol/errors.js'
import { noMatch } from '../protocol/matching.js'
import type { AgentSlots, BrowserOffer, Door, EndReason, RemoteEnd, Session, SessionRequest, Status, Upstream } from '../protocol/remote-end.js'
import { routeOf, type SessionId } from '../protocol/session-id.js'
import { FairQueue } from './fair-queue.js'
import { Matches, type Member } from './member.js'
import { preferWarm, type Policy } from './policies.js'
import { Ticket } from './ticket.js'

export interface RouterOptions {
  readonly policy: Policy
  /** How long a request may queue, in milliseconds. */
  readonly queueTimeout: number
  /** Most requests in the queue. */
  readonly queueLimit: number
}

export class Router implements RemoteEnd {
  readonly #options: RouterOptions
  readonly #members = new Map<string, Member>()
  readonly #queue = new FairQueue<Ticket>()
  #stopping = false

  constructor (options: RouterOptions) {
    this.#options = options
  }

  join (member: Member): void {
    this.#members.set(member.id, member)
    this.pump()
  }

  /** It is asked for nothing any more, and its sessions are unknown here. */
  leave (member: Member): void {
    if (this.#members.get(member.id) === member) this.#members.delete(member.id)
  }

  async newSession (request: SessionRequest): Promise<Session> {
    request.signal.throwIfAborted()
    const matches = new Matches(request)
    this.#admit(request, matches)
    const ticket = new Ticket(request, matches, this.#options.queueTimeout)
    this.#queue.add(request.user, ticket)
    try {
      this.pump()
      if (!ticket.asking) ticket.leaveUnlessPatient()
      return await ticket.session
    } finally {
      ticket.close()
      this.#queue.remove(request.user, ticket)
      this.pump()
    }
  }

  endSession (id: SessionId, reason: EndReason): Promise<void> {
    return this.#owner(id).end.endSession(id, reason)
  }

  locate (id: SessionId, door: Door): Upstream {
    return this.#owner(id).end.locate(id, door)
  }

  session (id: SessionId): Session {
    return this.#owner(id).end.session(id)
  }

  status (): Status {
    const agents = [...this.#members.values()].flatMap(({ end }) => end.status().agents)
    const failure = agents.find(({ failure }) => failure !== undefined)?.failure
    const ready = !this.#stopping && agents.some(({ availability }) => availability === 'UP')
    const message = this.#stopping ? 'stopping' : agents.length === 0 ? 'no agent has joined yet' : failure ?? ''
    return { ready, message, agents, queue: this.#waiting().map(ticket => ticket.status()) }
  }

  async slots (): Promise<AgentSlots[]> {
    return (await Promise.all([...this.#members.values()].map(({ end }) => end.slots()))).flat()
  }

  /** No new sessions from now on; who still waits is told. */
  stop (): void {
    this.#stopping = true
    for (const ticket of this.#queue.inOrder()) ticket.refuse('the grid is stopping', 'stopping')
  }

  /** Looks whether somebody who waits can be served now: called whenever a slot may have become free. */
  pump (): void {
    if (this.#queue.empty) return
    for (const ticket of this.#waiting()) {
      const members = this.#able(ticket.matches)
      if (members.length === 0) {
        if (this.#full) return
        continue
      }
      ticket.asking = true
      this.#queue.charge(ticket.request.user)
      void this.#serve(ticket, members)
    }
  }

  /** Asks one agent after the other while nothing has happened; in the end back to the old place in the queue. */
  async #serve (ticket: Ticket, members: readonly Member[]): Promise<void> {
    const { request, matches } = ticket
    for (let left = members; left.length > 0;) {
      const chosen = this.#options.policy(preferWarm(left, member => member.isWarm(matches.profile(member.offers))))
      try {
        const session = await chosen.end.newSession(request)
        if (!ticket.serve(session)) await chosen.end.endSession(session.id, 'client gone')
        return
      } catch (error) {
        if (ticket.over || !chosen.isElsewhere(error)) return ticket.fail(error)
        left = left.filter(member => member !== chosen && member.room > 0)
      }
    }
    ticket.asking = false
    ticket.leaveUnlessPatient()
  }

  #admit ({ candidates, noWait }: SessionRequest, matches: Matches): void {
    if (this.#stopping) throw new WebDriverError('session not created', 'the grid is stopping', { reason: 'stopping' })
    const lists = this.#offers()
    // One that has just been started has met nobody yet: its clients wait.
    if (lists.length > 0 && !lists.some(offers => matches.of(offers) !== undefined)) throw noMatch(candidates, lists.flat())
    const { queueLimit } = this.#options
    if (noWait !== true && this.#waiting().length >= queueLimit) {
      throw new WebDriverError('session not created', `every browser is in use and the queue is full: ${queueLimit} requests wait (queueLimit)`, { reason: 'queue full' })
    }
  }

  #waiting (): Ticket[] {
    return this.#queue.empty ? [] : [...this.#queue.inOrder()].filter(({ asking, over }) => !asking && !over)
  }

  /** Different lists of offers. */
  #offers (): (readonly BrowserOffer[])[] {
    const lists: (readonly BrowserOffer[])[] = []
    let last: readonly BrowserOffer[] | undefined
    for (const { offers } of this.#members.values()) {
      if (offers === last) continue // as most are the same as the one before
      last = offers
      if (!lists.includes(offers)) lists.push(offers)
    }
    return lists
  }

  get #full (): boolean {
    for (const { room } of this.#members.values()) if (room > 0) return false
    return true
  }

  #able (matches: Matches): Member[] {
    const [sound, failing]: [Member[], Member[]] = [[], []]
    for (const member of this.#members.values()) {
      if (member.room > 0 && matches.of(member.offers) !== undefined) (member.failing ? failing : sound).push(member)
    }
    return sound.length > 0 ? sound : failing
  }

  #owner (id: SessionId): Member {
    const member = this.#members.get(routeOf(id))
    if (member === undefined) throw new WebDriverError('invalid session id', `there is no session ${id} here`)
    return member
  }
}
