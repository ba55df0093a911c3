/** A session that a socket brings, and that ends with it. */
import type { RequestHead } from '../edge/edge.js'
import type { Capabilities } from '../protocol/capabilities.js'
import type { RemoteEnd, Session, Upstream } from '../protocol/remote-end.js'

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

export function bound (remote: RemoteEnd, { id }: Session, door: 'cdp' | 'playwright' | 'bidi'): BoundUpstream {
  const upstream = remote.locate(id, door)
  const end = (): void => { remote.endSession(id, 'socket closed').catch(() => {}) }
  return { ...upstream, leave: () => { upstream.leave(); end() }, end }
}
