/** What happens in an agent, published; one file prints it and one file counts it. */
import { EventEmitter } from 'node:events'
import type { EndReason, Session, SlotState } from '../protocol/remote-end.js'
import type { Profile } from '../protocol/profile.js'
import type { Slot } from './slot.js'

export interface AgentEventMap {
  /** After each move of a slot. */
  moved: [slot: Slot, from: SlotState]
  /** A browser has been opened; milliseconds that it took. */
  launched: [slot: Slot, profile: Profile, ms: number]
  /** A driver or a browser did not come up. */
  launchFailed: [slot: Slot, error: Error]
  /** A slot is clean again; milliseconds from the session's end. */
  recycled: [slot: Slot, ms: number]
  /** A slot could not be cleaned, and is thrown away. */
  uncleaned: [slot: Slot, error: Error]
  sessionStarted: [session: Session]
  /** It was begun by an earlier life of this agent. */
  sessionAdopted: [session: Session]
  /** No new sessions from now on; or, false, new ones again. */
  draining: [whether: boolean]
  sessionEnded: [session: Session, reason: EndReason]
}

export type AgentEvents = EventEmitter<AgentEventMap>

export function agentEvents (): AgentEvents {
  return new EventEmitter<AgentEventMap>()
}
