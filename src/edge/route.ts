/** Where a request goes: what the edge asks whoever assembled it. */
import type { Socket } from 'node:net'
import type { Upstream } from '../protocol/remote-end.js'
import type { RequestHead } from './request-head.js'

/** To an upstream, whose answer goes back. */
export interface Route {
  readonly upstream: Upstream
  /** The path and query that are sent there. */
  readonly target: string
  /** Called instead of the upstream's `enter` and `leave` when the client has gone before the route was found. */
  readonly unused?: () => void
}

/** @param over called once, when both sides have closed */
export type Join = (upstream: Socket, over: () => void) => void

/** To somebody who answers it himself, on the client's own socket. */
export interface Takeover {
  /**
   * @param socket paused, with an error listener only; the taker's to close
   * @param ahead what the client has sent behind its head
   * @param join splices the client's socket with an upstream's; both without listeners for data, drain and end
   */
  readonly take: (socket: Socket, ahead: Buffer, join: Join) => void
  readonly unused?: () => void
}

export type Destination = Route | Takeover

/** The client, as far as it matters for finding a route. */
export interface Caller {
  /** Aborted when it hangs up before the route is found. */
  readonly gone: AbortSignal
}

/** Finds where a request goes, at once or in time. @throws Refusal */
export type Finder = (head: RequestHead, caller: Caller) => Destination | Promise<Destination>
