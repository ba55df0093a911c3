/** A remote end made of remote ends: queues, picks an agent, forgets. A session's id says where it is, so no table is kept. */
import { WebDriverError } from '../protocol/errors.js'
import { noMatch, pick } from '../protocol/matching.js'
import type { BrowserOffer, Door, EndReason, RemoteEnd, Session, SessionRequest, Status, Upstream } from '../protocol/remote-end.js'
import { routeOf, type SessionId } from '../protocol/session-id.js'
import { FairQueue } from './fair-queue.js'
import type { Load, Policy } from './policies.js'
import { Ticket } from './ticket.js'

/** An agent as its router sees it. */
export interface Member {
  /** The 8 hex digits that its sessions' ids begin with. */
  readonly id: string
  readonly end: RemoteEnd
  readonly offers: readonly BrowserOffer[]
  /** Sessions that it has room for, as far as is known. */
  room (): number
  load (): Load
  /** Whether an error means that nothing has happened, so that another agent may be asked. */
  isFull (error: unknown): boolean
}

export interface RouterOptions {
  readonly policy: Policy
  /** How long a request may queue, in milliseconds. */
  readonly queueTimeout: number
  /** Most requests in the queue. */
  readonly queueLimit: number
}

interface Candidate extends Load {
  readonly member: Member
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

  async newSession (request: SessionRequest): Promise<Session> {
    request.signal.throwIfAborted()
    this.#admit(request)
    const ticket = new Ticket(request, this.#options.queueTimeout)
    this.#queue.add(request.user, ticket)
    try {
      this.pump()
      if (request.noWait === true && !ticket.asking) ticket.refuse('every browser is in use, and the client does not want to wait', 'no wait')
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

  status (): Status {
    const agents = [...this.#members.values()].flatMap(({ end }) => end.status().agents)
    const failure = agents.find(({ failure }) => failure !== undefined)?.failure
    const ready = !this.#stopping && agents.some(({ availability }) => availability === 'UP')
    return { ready, message: this.#stopping ? 'stopping' : failure ?? '', agents, queue: this.#waiting().map(ticket => ticket.status()) }
  }

  /** No new sessions from now on; who still waits is told. */
  stop (): void {
    this.#stopping = true
    for (const ticket of this.#queue.inOrder()) ticket.refuse('the grid is stopping', 'stopping')
  }

  /** Looks whether somebody who waits can be served now: called whenever a slot may have become free. */
  pump (): void {
    let room = this.#room()
    if (room <= 0) return
    for (const ticket of this.#waiting()) {
      const members = this.#able(ticket.request)
      if (members.length === 0) continue
      ticket.asking = true
      this.#queue.charge(ticket.request.user)
      void this.#serve(ticket, members)
      if (--room <= 0) return
    }
  }

  /** Asks one agent after the other; only "full" leads to the next, and back to the old place in the queue in the end. */
  async #serve (ticket: Ticket, members: Candidate[]): Promise<void> {
    for (let left = members; left.length > 0;) {
      const chosen = this.#options.policy(left)
      if (chosen === undefined) break
      const { end, isFull } = chosen.member
      try {
        const session = await end.newSession(ticket.request)
        if (!ticket.serve(session)) await end.endSession(session.id, 'client gone')
        return
      } catch (error) {
        if (!isFull(error)) return ticket.fail(error)
        left = left.filter(candidate => candidate !== chosen)
      }
    }
    ticket.asking = false
  }

  #admit ({ candidates, noWait }: SessionRequest): void {
    if (this.#stopping) throw new WebDriverError('session not created', 'the grid is stopping', { reason: 'stopping' })
    const offers = [...this.#members.values()].flatMap(({ offers }) => offers)
    if (pick(candidates, offers) === undefined) throw noMatch(candidates, offers)
    const { queueLimit } = this.#options
    if (noWait !== true && this.#waiting().length >= queueLimit) {
      throw new WebDriverError('session not created', `every browser is in use and the queue is full: ${queueLimit} requests wait (queueLimit)`, { reason: 'queue full' })
    }
  }

  #waiting (): Ticket[] {
    return [...this.#queue.inOrder()].filter(({ asking, over }) => !asking && !over)
  }

  #room (): number {
    let room = 0
    for (const member of this.#members.values()) room += Math.max(0, member.room())
    return room
  }

  #able ({ candidates }: SessionRequest): Candidate[] {
    return [...this.#members.values()]
      .filter(member => member.room() > 0 && pick(candidates, member.offers) !== undefined)
      .map(member => ({ member, ...member.load() }))
  }

  #owner (id: SessionId): Member {
    const member = this.#members.get(routeOf(id))
    if (member === undefined) throw new WebDriverError('invalid session id', `there is no session ${id} here`)
    return member
  }
}
