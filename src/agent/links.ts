/** An agent's routers: each has one WebSocket, on which it hears how the agent is, and asks for sessions. */
import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { LinkError } from '../link/link-error.js'
import { heartbeat, silence, type Drain, type EndSession, type Granted, type LinkStatus, type NewSession, type Prewarm, type Release, type Reserve, type StatusChange, type Taken } from '../link/messages.js'
import { Peer, type Handler } from '../link/peer.js'
import type { Session } from '../protocol/remote-end.js'
import type { SessionId } from '../protocol/session-id.js'
import type { Agent } from './agent.js'
import type { Clock } from './clock.js'
import type { AgentEvents } from './events.js'
import { Full } from './full.js'
import type { Prewarming } from './prewarming.js'
import { Reservations } from './reservations.js'
import { Untaken } from './untaken.js'

export interface LinksOptions {
  readonly agent: Agent
  readonly prewarming: Prewarming
  readonly events: AgentEvents
  readonly clock: Clock
}

/** A router that does not read is told nothing further, in bytes: it gets all of it later. */
const mostUnread = 2 ** 20

/** What a router has been told last: the parts of the status as texts, by their names. */
type Told = Record<string, string>

/** Sessions that were opened for a router and hang on its link. */
interface Hanging {
  /** Those that sockets brought. */
  readonly bound: Set<SessionId>
  /** Those that it will say it has. */
  readonly asked: Set<SessionId>
}

export class Links {
  readonly #options: LinksOptions
  readonly #instance = randomUUID()
  readonly #reservations: Reservations
  readonly #untaken: Untaken
  readonly #links = new Map<Peer, Told>()
  readonly #beat: NodeJS.Timeout
  #scheduled = false

  constructor (options: LinksOptions) {
    this.#options = options
    const { agent, clock, events } = options
    this.#reservations = new Reservations({ room: () => agent.room, routers: () => this.#links.size, opened: () => this.#schedule(), clock })
    this.#untaken = new Untaken(clock, id => { void agent.endUnused(id, 'client gone') })
    this.#beat = setInterval(() => this.#tellAll(), heartbeat).unref()
    for (const event of ['moved', 'sessionStarted', 'sessionEnded', 'sessionAdopted', 'launchFailed', 'draining'] as const) events.on(event, () => this.#changed())
  }

  /** @param socket of a router that has shown that it is one of ours */
  accept (socket: WebSocket): void {
    const { agent } = this.#options
    const hanging: Hanging = { bound: new Set(), asked: new Set() }
    const peer: Peer = new Peer(socket, { handlers: this.#handlers(hanging, grant => peer.tell('granted', { grant } satisfies Granted)), silence })
    this.#links.set(peer, {})
    this.#tellAll()
    void peer.closed.then(() => {
      this.#links.delete(peer)
      this.#changed()
      // Their sockets went through that router. Where it still lives, they are open, and their sessions go on.
      hanging.bound.forEach(id => { void agent.endWhenQuiet(id, 'socket closed') })
      this.#untaken.cut(hanging.asked)
    })
  }

  close (): void {
    clearInterval(this.#beat)
    for (const peer of this.#links.keys()) peer.close('the agent stops')
  }

  #handlers ({ bound, asked }: Hanging, tell: (grant: number) => void): Readonly<Record<string, Handler>> {
    const { agent, prewarming } = this.#options
    const heardOf = (id: SessionId): void => {
      asked.delete(id)
      this.#untaken.heardOf(id)
    }
    return {
      ping: () => true,
      reserve: (wish: Reserve) => this.#reserve(wish),
      release: ({ ticket }: Release) => { this.#reservations.release(ticket) },
      newSession: async (wish: NewSession, signal: AbortSignal) => {
        const session = await (wish.ticket === undefined ? this.#atOnce(wish, signal, tell) : this.#newSession(wish, signal))
        if (session.bound) bound.add(session.id)
        if (wish.takes === true && !signal.aborted) {
          asked.add(session.id)
          this.#untaken.add(session.id)
        }
        return session
      },
      taken: ({ id }: Taken) => heardOf(id),
      endSession: async ({ id, reason }: EndSession) => {
        bound.delete(id)
        heardOf(id)
        await agent.endSession(id, reason)
        this.#tellAll()
      },
      slots: () => agent.slots(),
      prewarm: ({ browser, count }: Prewarm, signal: AbortSignal) => prewarming.prewarm(browser, count, signal),
      drain: ({ grace }: Drain) => { void agent.drain(grace) },
      undrain: () => agent.undrain()
    }
  }

  async #reserve ({ waited, user = '' }: Reserve): Promise<number> {
    this.#options.agent.foresee()
    return await this.#reservations.reserve({ waited, user })
  }

  /** A warm browser is handed out in this turn of the event loop, and is its own grant; before one is launched the router is told that there is room. */
  async #atOnce ({ grant = 0, ...wish }: NewSession, signal: AbortSignal, tell: (grant: number) => void): Promise<Session> {
    const ticket = await this.#reserve(wish)
    const telling = setImmediate(() => tell(grant))
    return await this.#newSession({ ...wish, ticket }, signal).finally(() => clearImmediate(telling))
  }

  async #newSession ({ ticket = 0, waited, ...asked }: NewSession, signal: AbortSignal): Promise<Session> {
    const { agent, clock } = this.#options
    if (!this.#reservations.release(ticket)) throw new LinkError('full', 'this promise of a browser has lapsed')
    const session = await agent.newSession({ ...asked, askedAt: clock.now() - waited, signal }).catch(error => { throw error instanceof Full ? new LinkError('full', error.message) : error })
    if (signal.aborted) await agent.endSession(session.id, 'client gone')
    this.#tellAll() // who has its answer knows what has changed by it
    return session
  }

  #changed (): void {
    this.#reservations.look()
    this.#schedule()
  }

  #schedule (): void {
    if (this.#scheduled || this.#links.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#tellAll()
    })
  }

  #tellAll (): void {
    if (this.#links.size === 0) return
    const { agent } = this.#options
    const [status] = agent.status().agents
    // What is promised, or being opened, is not to be had by anybody else.
    const leased = status.availability === 'DRAINING' ? status.leased : status.capacity - agent.room + this.#reservations.held
    const now = Object.entries({ ...status, leased, instance: this.#instance, routers: this.#links.size, grants: true } satisfies Partial<LinkStatus>)
    const texts = now.map(([name, value]) => ({ name, value, text: JSON.stringify(value) }))
    const { opening } = this.#reservations
    const heard: Promise<unknown>[] = []
    for (const [peer, told] of this.#links) {
      if (peer.backlog > mostUnread) continue
      const change = texts.filter(({ name, text }) => told[name] !== text)
      for (const { name, text } of change) told[name] = text
      const status = Object.fromEntries(change.map(({ name, value }) => [name, value])) as StatusChange
      if (opening) heard.push(peer.ask('status', status).catch(() => {})) // it has gone
      else peer.tell('status', status)
    }
    if (opening) this.#reservations.told(Promise.all(heard))
  }
}
