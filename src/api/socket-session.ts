/** A session that a socket brings, and that ends with it. */
import type { RequestHead } from '../edge/edge.js'
import type { Capabilities } from '../protocol/capabilities.js'
import type { Door, RemoteEnd, Session, Upstream } from '../protocol/remote-end.js'
import type { SessionId } from '../protocol/session-id.js'

/** The client behind a socket. */
export interface SocketClient {
  readonly user: string
  /** Aborted when it hangs up before its socket is open. */
  readonly gone: AbortSignal
}

/** @param candidates what would do */
export function newSession (remote: RemoteEnd, candidates: readonly Capabilities[], head: RequestHead, { user, gone }: SocketClient): Promise<Session> {
  return remote.newSession({
    candidates,
    user,
    askedAt: performance.timeOrigin + performance.now(),
    signal: gone,
    bound: true,
    noWait: head.header('x-selenoid-no-wait') !== undefined
  })
}

/** An upstream whose session ends with the socket. */
export interface BoundUpstream extends Upstream {
  /** Ends it now. Never throws: it may have ended by itself. */
  readonly end: () => void
}

/** @param end what the socket's end means @throws WebDriverError when its host has just gone, and its session with it */
export function bound (remote: RemoteEnd, { id, user }: Session, door: 'cdp' | 'playwright' | 'bidi', end = (): void => endOf(remote, id)): BoundUpstream {
  const upstream = located(remote, { id, door, end })
  return { ...upstream, user, leave: () => { upstream.leave(); end() }, end }
}

/** Ends a session whose socket has closed. Never throws: it may have ended by itself. */
export function endOf (remote: RemoteEnd, id: SessionId): void {
  remote.endSession(id, 'socket closed').catch(() => {})
}

function located (remote: RemoteEnd, { id, door, end }: { readonly id: SessionId, readonly door: Door, readonly end: () => void }): Upstream {
  try {
    return remote.locate(id, door)
  } catch (error) {
    end()
    throw error
  }
}
