/** Where the edge sends a request: a living session's own traffic to its driver or browser, a socket that names none to one of its own, all else to the control plane. */
import type { Caller, Destination, Finder, RequestHead } from '../edge/edge.js'
import { Refusal } from '../edge/edge.js'
import { WebDriverError } from '../protocol/errors.js'
import { parsePath, type SessionPath } from '../protocol/path.js'
import type { Door, RemoteEnd, Upstream } from '../protocol/remote-end.js'
import type { Gate } from './gate.js'
import type { Origins } from './origins.js'
import { unauthorized } from './refuse.js'
import type { Sockets } from './sockets.js'
import { takeVnc } from './vnc-socket.js'

export interface RouteOptions {
  readonly remote: RemoteEnd
  readonly gate: Gate
  readonly origins: Origins
  readonly sockets: Sockets
  /** The control plane, which also says why a request cannot go where it wants to. */
  readonly control: Upstream
}

/** The hot path: for a session's command two look-ups and no waiting. Selenium's upload is known to drivers by its old name. */
export function router (options: RouteOptions): Finder {
  const { remote, gate, origins, control } = options
  return (head, caller) => {
    const elsewhere = { upstream: control, target: head.target }
    const path = parsePath(head.target, head.upgrade)
    if (head.upgrade) return socket(head, path, caller, options)
    if (path === undefined || isControlled(head.method, path.rest)) return elsewhere
    if (origins.refusal(head.header('host'), head.header('origin')) !== undefined) return elsewhere
    const upstream = located(remote, path.id, path.door)
    if (upstream === undefined) return elsewhere
    const user = gate.identify({ authorization: head.header('authorization'), target: head.target })
    const route = { upstream, target: upstream.base + (path.rest === '/se/file' ? '/file' : path.rest) }
    if (typeof user !== 'object') return user === upstream.user ? route : elsewhere
    return user.then(user => user === upstream.user ? route : elsewhere)
  }
}

/** DELETE of the session, and of a window, which may be the last one and end the session; and DevTools' own HTTP. */
function isControlled (method: string, rest: string): boolean {
  return rest.startsWith('/se/cdp') || (method === 'DELETE' && (rest === '' || rest === '/' || rest === '/window'))
}

function located (remote: RemoteEnd, id: string, door: Door): Upstream | undefined {
  try {
    return remote.locate(id, door)
  } catch (error) {
    if (error instanceof WebDriverError) return undefined
    throw error
  }
}

/** A socket's refusal is all that its client gets to see, so each one says why. @throws Refusal, WebDriverError */
async function socket (head: RequestHead, path: SessionPath | undefined, { gone }: Caller, { remote, gate, origins, sockets }: RouteOptions): Promise<Destination> {
  const refusal = origins.refusal(head.header('host'), head.header('origin'))
  if (refusal !== undefined) throw new Refusal(403, refusal)
  const authorization = head.header('authorization')
  const user = await gate.identify({ authorization, target: head.target })
  if (user === undefined) throw unauthorized(authorization !== undefined || head.target.includes('token='))
  if (path === undefined) return await sockets.open(head, { user, gone })
  const upstream = remote.locate(path.id, path.door)
  if (upstream.user !== user) throw new WebDriverError('invalid session id', `there is no session ${path.id} here`)
  if (path.door === 'vnc') return await takeVnc(upstream, head)
  return { upstream, target: path.rest === '' ? upstream.base : path.rest }
}
