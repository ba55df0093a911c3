/** What routers and agents say to each other. Fields that one side does not know are for a later version, and are ignored. */
import type { Capabilities } from '../protocol/capabilities.js'
import type { AgentSlots, AgentStatus, EndReason, Session, SessionRequest, SlotStatus } from '../protocol/remote-end.js'
import type { SessionId } from '../protocol/session-id.js'

/** Where a router's link begins, by WebSocket. */
export const linkPath = '/grid/link'
/** Where an agent tells a router that it is there. */
export const joinPath = '/grid/join'

/** An agent says so often that it lives, in milliseconds, and whenever something has changed. */
export const heartbeat = 1000
/** Without a heartbeat for so long an agent is gone, in milliseconds: noticed within 3 s. */
export const silence = 2500

/** Longest message, in bytes: a session's capabilities can carry extensions. */
export const longestMessage = 256 * 2 ** 20

/** Where both sides say what becomes of their links. */
export interface LinkLog {
  info (about: object, text: string): void
  warn (about: object, text: string): void
}

/** `POST /grid/join`. */
export interface Join {
  /** Where the router can reach it: `host:port`; without a host where the request came from. */
  readonly address: string
}

/** An agent's `status`: everything first, then what has changed. */
export type StatusChange = Partial<LinkStatus>

export interface LinkStatus extends AgentStatus {
  /** Another one for each life of an agent. */
  readonly instance: string
  /** Routers that it serves. */
  readonly routers: number
  /** It takes a `newSession` without a ticket: agents of older versions do not. */
  readonly grants?: boolean
}

/** A router's `reserve`, answered with a ticket; refused with `full`. */
export interface Reserve {
  /** How long its client has waited, in milliseconds. */
  readonly waited: number
  /** Whose client it is: routers of older versions do not say it. */
  readonly user?: string
}

/** A router's `release`: what it was promised is not wanted. */
export interface Release {
  readonly ticket: number
}

/** A router's `newSession`, answered with a session. */
export interface NewSession extends Omit<Reserve, 'user'>, Pick<SessionRequest, 'user' | 'bound' | 'claimable'> {
  /** What `reserve` was answered with; absent where the agent is to say itself whether it has room, by this number. */
  readonly ticket?: number
  readonly grant?: number
  readonly candidates: readonly Capabilities[]
  /** It says `taken` when it has the answer: routers of older versions do not. */
  readonly takes?: boolean
}

/** An agent's `granted`: it has room for that `newSession`, and its answer will take a while. */
export interface Granted {
  readonly grant: number
}

/** A router's `taken`: it has the answer to `newSession`. A session of which it has not said this is nobody's when the link breaks. */
export interface Taken {
  readonly id: SessionId
}

export interface EndSession {
  readonly id: SessionId
  readonly reason: EndReason
}

export interface Prewarm {
  readonly browser: string
  readonly count: number
}

export interface Drain {
  /** Running sessions get so long, in milliseconds. */
  readonly grace: number
}

/** Dates are texts on the wire. */
export function sessionFrom (wire: unknown): Session {
  const session = wire as Session
  return { ...session, createdAt: new Date(session.createdAt) }
}

export function slotsFrom (wire: unknown): AgentSlots[] {
  return (wire as AgentSlots[]).map(({ agent, slots }) => ({ agent, slots: slots.map(slotFrom) }))
}

function slotFrom (slot: SlotStatus): SlotStatus {
  return { ...slot, session: slot.session === null ? null : sessionFrom(slot.session), lastStarted: slot.lastStarted === null ? null : new Date(slot.lastStarted) }
}
