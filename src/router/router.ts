/** A remote end made of remote ends: queues, picks an agent, forgets. A session's id says where it is, so no table is kept. */
import { WebDriverError } from '../protocol/errors.js'
import { noMatch } from '../protocol/matching.js'
import type { AgentSlots, Door, EndReason, RemoteEnd, Session, SessionRequest, Status, Upstream } from '../protocol/remote-end.js'
import { routeOf, type SessionId } from '../protocol/session-id.js'
import { FairQueue } from './fair-queue.js'
import { Fleet } from './fleet.js'
import { Matches, type Member } from './member.js'
import { place, type PlacementOptions } from './placement.js'
import { Ticket } from './ticket.js'

export interface RouterOptions extends PlacementOptions {
  /** How long a request may queue, in milliseconds. */
  readonly queueTimeout: number
  /** Most requests in the queue. */
  readonly queueLimit: number
}

const nobody: ReadonlySet<Member> = new Set()

/** A request at which so many agents have vanished is given to no further one: it might be why. */
const mostVanished = 2

export class Router implements RemoteEnd {
  readonly #options: RouterOptions
  readonly #fleet = new Fleet()
  readonly #queue = new FairQueue<Ticket>()
  #stopping = false

  constructor (options: RouterOptions) {
    this.#options = options
  }

  join (member: Member): void {
    this.#fleet.add(member)
    this.pump()
  }

  /** It is asked for nothing any more, and its sessions are unknown here. */
  leave (member: Member): void {
    this.#fleet.remove(member)
  }

  /** It has room or a browser that it had not, or offers something else, perhaps. */
  changed (member: Member): void {
    this.#fleet.heard(member)
    this.pump()
  }

  async newSession (request: SessionRequest): Promise<Session> {
    request.signal.throwIfAborted()
    const matches = new Matches(request)
    this.#admit(request, matches)
    const chosen = this.#queue.empty ? this.#place(matches, nobody) : undefined // nobody comes before it
    const ticket = new Ticket(request, matches, this.#options.queueTimeout)
    this.#queue.add(request.user, ticket)
    try {
      if (chosen === undefined) this.pump()
      else this.#begin(ticket, chosen)
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
    const agents = [...this.#fleet.members].flatMap(({ end }) => end.status().agents)
    const failure = agents.find(({ failure }) => failure !== undefined)?.failure
    const ready = !this.#stopping && agents.some(({ availability }) => availability === 'UP')
    const message = this.#stopping ? 'stopping' : agents.length === 0 ? 'no agent has joined yet' : failure ?? ''
    return { ready, message, agents, queue: this.#waiting().map(ticket => ticket.status()) }
  }

  async slots (): Promise<AgentSlots[]> {
    return (await Promise.all([...this.#fleet.members].map(({ end }) => end.slots()))).flat()
  }

  /** No new sessions from now on; who still waits is told. */
  stop (): void {
    this.#stopping = true
    for (const ticket of this.#queue.inOrder()) ticket.refuse('the grid is stopping', 'stopping')
  }

  /** Looks whether somebody who waits can be served now: called whenever a slot may have become free. */
  pump (): void {
    if (this.#queue.empty || this.#fleet.full) return
    for (const ticket of this.#queue.inOrder()) {
      if (ticket.asking || ticket.over) continue
      const chosen = this.#place(ticket.matches, nobody)
      if (chosen !== undefined) this.#begin(ticket, chosen)
      else if (this.#fleet.full) return
    }
  }

  #begin (ticket: Ticket, chosen: Member): void {
    ticket.asking = true
    this.#queue.charge(ticket.request.user)
    void this.#serve(ticket, chosen)
  }

  /** Asks one agent after the other while nothing has happened that lasts; in the end back to the old place in the queue. */
  async #serve (ticket: Ticket, first: Member): Promise<void> {
    const refused = new Set<Member>()
    for (let chosen: Member | undefined = first; chosen !== undefined; chosen = this.#place(ticket.matches, refused)) {
      try {
        const session = await chosen.end.newSession(ticket.request)
        if (!ticket.serve(session)) await chosen.end.endSession(session.id, 'client gone')
        return
      } catch (error) {
        const vanished = chosen.hasVanished(error)
        if (vanished) ticket.vanished++
        if (ticket.over || ticket.vanished === mostVanished || !(vanished || chosen.isElsewhere(error))) return ticket.fail(error)
        refused.add(chosen)
      }
    }
    ticket.asking = false
    ticket.leaveUnlessPatient()
  }

  #place (matches: Matches, refused: ReadonlySet<Member>): Member | undefined {
    return place(this.#options, { fitting: this.#fleet.fitting(matches), matches, refused })
  }

  #admit ({ candidates, noWait }: SessionRequest, matches: Matches): void {
    if (this.#stopping) throw new WebDriverError('session not created', 'the grid is stopping', { reason: 'stopping' })
    const lists = this.#fleet.offers
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

  #owner (id: SessionId): Member {
    const member = this.#fleet.get(routeOf(id))
    if (member === undefined) throw new WebDriverError('invalid session id', `there is no session ${id} here`)
    return member
  }
}
