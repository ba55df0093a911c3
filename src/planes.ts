/** Puts a remote end on the wire: the edge, which moves bytes, and behind it the control plane, on a private socket. */
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { AgentEvents } from './agent/events.js'
import { Claims } from './api/claims.js'
import { controlPlane, type ControlPlaneOptions } from './api/control-plane.js'
import { Counts } from './api/counts.js'
import { Gate, routersWord, userIn, type Doorkeeper } from './api/gate.js'
import { Origins } from './api/origins.js'
import { Passwords } from './api/passwords.js'
import type { Prewarm } from './api/pool.js'
import { refuse } from './api/refuse.js'
import { router as routeOf, type Relay } from './api/route.js'
import { Sockets } from './api/sockets.js'
import { Tokens } from './api/tokens.js'
import type { Config } from './config/schema.js'
import { Edge, Refusal, type Finder, type RequestHead } from './edge/edge.js'
import { innerConnection } from './edge/inner-connection.js'
import { linkPath } from './link/messages.js'
import type { RemoteEnd, Upstream } from './protocol/remote-end.js'
import type { Workspace } from './runtime/workspace.js'
import { version } from './version.js'

export interface Planes {
  readonly app: FastifyInstance
  readonly edge: Edge
}

export interface PlanesOptions {
  readonly remote: RemoteEnd
  readonly events: AgentEvents
  readonly prewarm: Prewarm
  /** Told of each client that connects. */
  readonly foresee: () => void
  readonly relay?: Relay
  readonly agents?: ControlPlaneOptions['agents']
  readonly workspace: Workspace
  readonly log: Logger
}

/** For clients: they show who they are. */
export async function clientPlanes (config: Config, options: PlanesOptions): Promise<Planes> {
  const { listen: { allowedHosts, allowedOrigins }, users, tokenSecret, tokenLifetime } = config
  const passwords = new Passwords(users)
  const tokens = new Tokens(tokenSecret, tokenLifetime)
  const gate = new Gate({ passwords, tokens })
  const origins = new Origins({ allowedHosts, allowedOrigins, checkHost: gate.open })
  return await planes(config, options, { name: 'control', links: false, passwords, tokens, gate, origins, control: ({ server }, path) => () => ({ ...controlUpstream(path), connect: () => innerConnection(server) }) })
}

/** For routers, who have asked their clients who they are, and say it. */
export async function routerPlanes (config: Config, options: PlanesOptions): Promise<Planes> {
  const passwords = new Passwords([])
  const tokens = new Tokens(config.tokenSecret, config.tokenLifetime)
  const origins = new Origins({ allowedHosts: [], allowedOrigins: ['*'], checkHost: false })
  const control = (_app: FastifyInstance, path: string) => (head: RequestHead): Upstream => ({ ...controlUpstream(path), kind: 'agent', user: userIn(head) ?? '' })
  return await planes(config, options, { name: 'agent', links: true, passwords, tokens, gate: routersWord, origins, control })
}

interface Guard {
  /** Whether routers begin their links here. */
  readonly links: boolean
  /** Of the control plane's socket. */
  readonly name: string
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly gate: Doorkeeper
  readonly origins: Origins
  /** @param path of the control plane's socket */
  readonly control: (app: FastifyInstance, path: string) => (head: RequestHead) => Upstream
}

async function planes ({ edge: limits }: Config, { remote, events, prewarm, foresee, relay, agents, workspace, log }: PlanesOptions, { name, links, passwords, tokens, gate, origins, control }: Guard): Promise<Planes> {
  const claims = new Claims()
  events.on('sessionEnded', session => claims.withdraw(session))
  const app = await controlPlane({
    remote,
    claims,
    gate,
    origins,
    passwords,
    tokens,
    counts: new Counts(remote, events),
    prewarm,
    ...agents === undefined ? {} : { agents },
    bodyLimit: limits.bodyLimit,
    version,
    log: log.child({}, { level: 'warn' }) // requests are the agent's events to log
  })
  const path = join(workspace.folder, name)
  await app.listen({ path })
  const toControl = control(app, path)
  const route = routeOf({ remote, gate, origins, sockets: new Sockets(remote), control: toControl, ...relay === undefined ? {} : { relay } })
  const linked: Finder = (head, caller) => {
    refusePages(head)
    return head.target === linkPath ? { upstream: toControl(head), target: linkPath } : route(head, caller)
  }
  return { app, edge: new Edge({ route: links ? linked : route, refuse, accepted: foresee, limits: edgeLimits(limits) }) }
}

/** Routers and agents send no Origin: a page that a browser on this machine has open does, and would be believed on loopback. @throws Refusal */
export function refusePages (head: RequestHead): void {
  if (head.header('origin') !== undefined) throw new Refusal(403, 'this port is for routers and agents, not for web pages')
}

export function edgeLimits (limits: Config['edge']): ConstructorParameters<typeof Edge>[0]['limits'] {
  return {
    headBytes: limits.headLimit,
    headTimeout: limits.headTimeout * 1000,
    idleTimeout: limits.keepAliveTimeout * 1000,
    bodyBytes: limits.bodyLimit,
    pingInterval: limits.pingInterval * 1000,
    connectTimeout: limits.connectTimeout * 1000
  }
}

export function controlUpstream (path: string): Upstream {
  return { authority: path, address: { path }, base: '', user: '', kind: 'control', enter () {}, leave () {} }
}

/** Accepts nobody any more as soon as no socket is open, or at the deadline (by `performance.now()`); what is in flight then gets the rest, and a second at least. */
export async function closeQuietly (edge: Edge, deadline: number): Promise<void> {
  await edge.retire(deadline - performance.now())
  await edge.close(Math.max(1000, deadline - performance.now()))
}
