/** Where the edge sends a request: a living session's own traffic to its driver or browser, a socket that names none to one of its own, all else to the control plane. */
import type { Caller, Destination, Finder, RequestHead, Route } from '../edge/edge.js'
import { Refusal } from '../edge/edge.js'
import { WebDriverError } from '../protocol/errors.js'
import { namedSession, parsePath, type SessionPath } from '../protocol/path.js'
import type { Door, RemoteEnd, Upstream } from '../protocol/remote-end.js'
import type { SessionId } from '../protocol/session-id.js'
import type { Doorkeeper } from './gate.js'
import type { Origins } from './origins.js'
import { unauthorized } from './refuse.js'
import type { Sockets } from './sockets.js'
import { takeVnc } from './vnc-socket.js'

export interface RouteOptions {
  readonly remote: RemoteEnd
  readonly gate: Doorkeeper
  readonly origins: Origins
  readonly sockets: Sockets
  /** The control plane, which also says why a request cannot go where it wants to. */
  readonly control: (head: RequestHead) => Upstream
  /** Where sessions may be on other hosts. */
  readonly relay?: Relay
}

/** Finds the host that has a session. */
export interface Relay {
  /** Whether another host has it, or may have it: everything that names it goes there, as it came. */
  knows (id: SessionId): boolean
  /** Undefined when no host turns out to have it; a promise when its host has to be waited for. @throws WebDriverError when it cannot be reached */
  find (id: SessionId, user: string): Upstream | undefined | Promise<Upstream | undefined>
}

/** The hot path: for a session's command two look-ups and no waiting. Selenium's upload is known to drivers by its old name. */
export function router (options: RouteOptions): Finder {
  const { remote, gate, origins, control, relay } = options
  return (head, caller) => {
    const path = parsePath(head.target, head.upgrade)
    if (head.upgrade) return socket(head, path, caller, options)
    const id = relay === undefined ? undefined : path?.id ?? namedSession(head.target)
    if (id !== undefined && relay?.knows(id) === true) return relayed(id, head, options)
    if (path === undefined || isControlled(head.method, path.rest)) return elsewhere(head, control)
    if (origins.refusal(head.header('host'), head.header('origin')) !== undefined) return elsewhere(head, control)
    const upstream = located(remote, path.id, path.door)
    if (upstream === undefined) return elsewhere(head, control)
    if (upstream.receive !== undefined && head.method === 'POST' && isUpload(path.rest)) return elsewhere(head, control)
    const user = gate.identify(head)
    const route = { upstream, target: upstream.base + (path.rest === '/se/file' ? '/file' : path.rest) }
    if (typeof user !== 'object') return user === upstream.user ? route : elsewhere(head, control)
    return user.then(user => user === upstream.user ? route : elsewhere(head, control))
  }
}

/** To the control plane. */
function elsewhere (head: RequestHead, control: RouteOptions['control']): Route {
  return { upstream: control(head), target: head.target }
}

/** DELETE of the session, and of a window, which may be the last one and end the session; and DevTools' own HTTP. */
function isControlled (method: string, rest: string): boolean {
  return rest.startsWith('/se/cdp') || (method === 'DELETE' && (rest === '' || rest === '/' || rest === '/window'))
}

function isUpload (rest: string): boolean {
  return rest === '/se/file' || rest === '/file'
}

function located (remote: RemoteEnd, id: string, door: Door): Upstream | undefined {
  try {
    return remote.locate(id, door)
  } catch (error) {
    if (error instanceof WebDriverError) return undefined
    throw error
  }
}

/** To the host that has the session, which knows all about it. Whoever may not pass is told so by the control plane. */
function relayed (id: SessionId, head: RequestHead, { gate, origins, control, relay }: RouteOptions): Route | Promise<Route> {
  if (origins.refusal(head.header('host'), head.header('origin')) !== undefined) return elsewhere(head, control)
  const to = (upstream: Upstream | undefined): Route => upstream === undefined ? elsewhere(head, control) : { upstream, target: head.target }
  const on = (user: string | undefined): Route | Promise<Route> => {
    const upstream = user === undefined ? undefined : relay?.find(id, user)
    return upstream instanceof Promise ? upstream.then(to) : to(upstream)
  }
  const user = gate.identify(head)
  return typeof user === 'object' ? user.then(on) : on(user)
}

/** A socket's refusal is all that its client gets to see, so each one says why. @throws Refusal, WebDriverError */
async function socket (head: RequestHead, path: SessionPath | undefined, { gone }: Caller, { remote, gate, origins, sockets, relay }: RouteOptions): Promise<Destination> {
  const refusal = origins.refusal(head.header('host'), head.header('origin'))
  if (refusal !== undefined) throw new Refusal(403, refusal)
  const user = await gate.identify(head)
  if (user === undefined) throw unauthorized(head.header('authorization') !== undefined || head.target.includes('token='))
  if (path === undefined) return await sockets.open(head, { user, gone })
  const host = relay?.knows(path.id) === true ? await relay.find(path.id, user) : undefined
  if (host !== undefined) return { upstream: host, target: head.target }
  const upstream = remote.locate(path.id, path.door)
  if (upstream.user !== user) throw new WebDriverError('invalid session id', `there is no session ${path.id} here`)
  if (path.door === 'vnc') return await takeVnc(upstream, head)
  return { upstream, target: path.rest === '' ? upstream.base : path.rest }
}
