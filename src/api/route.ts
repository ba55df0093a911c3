/** Where the edge sends a request: a living session's own traffic to its driver or browser, all else to the control plane. */
import type { RequestHead, Route } from '../edge/edge.js'
import { WebDriverError } from '../protocol/errors.js'
import { parsePath } from '../protocol/path.js'
import type { RemoteEnd, Upstream } from '../protocol/remote-end.js'
import type { Gate } from './gate.js'
import type { Origins } from './origins.js'

export interface RouteOptions {
  readonly remote: RemoteEnd
  readonly gate: Gate
  readonly origins: Origins
  /** The control plane, which also says why a request cannot go where it wants to. */
  readonly control: Upstream
}

/** The hot path: for a session's command two look-ups and no waiting. Selenium's upload is known to drivers by its old name. */
export function router ({ remote, gate, origins, control }: RouteOptions): (head: RequestHead) => Route | Promise<Route> {
  return head => {
    const elsewhere = { upstream: control, target: head.target }
    const path = parsePath(head.target, head.upgrade)
    if (path === undefined || (head.method === 'DELETE' && isControlled(path.rest))) return elsewhere
    if (origins.refusal(head.header('host'), head.header('origin')) !== undefined) return elsewhere
    const upstream = located(remote, path.id, path.door)
    if (upstream === undefined) return elsewhere
    const user = gate.identify({ authorization: head.header('authorization'), target: head.target })
    const route = { upstream, target: upstream.base + (path.rest === '/se/file' ? '/file' : path.rest) }
    if (typeof user !== 'object') return user === upstream.user ? route : elsewhere
    return user.then(user => user === upstream.user ? route : elsewhere)
  }
}

/** DELETE of the session, and of a window, which may be the last one and end the session. */
function isControlled (rest: string): boolean {
  return rest === '' || rest === '/' || rest === '/window'
}

function located (remote: RemoteEnd, id: string, door: 'webdriver' | 'bidi' | 'cdp'): Upstream | undefined {
  try {
    return remote.locate(id, door)
  } catch (error) {
    if (error instanceof WebDriverError) return undefined
    throw error
  }
}
