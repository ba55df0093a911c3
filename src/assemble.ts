/** Wires everything: with host.ts the only file that knows every class. */
import { availableParallelism, freemem, loadavg, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Agent } from './agent/agent.js'
import { agentEvents, type AgentEvents } from './agent/events.js'
import { Full } from './agent/pool.js'
import type { Prewarming } from './agent/prewarming.js'
import { Claims } from './api/claims.js'
import { controlPlane } from './api/control-plane.js'
import { Counts } from './api/counts.js'
import { Gate } from './api/gate.js'
import { Origins } from './api/origins.js'
import { Passwords } from './api/passwords.js'
import { refuse } from './api/refuse.js'
import { router as routeOf } from './api/route.js'
import { Sockets } from './api/sockets.js'
import { Tokens } from './api/tokens.js'
import type { Grid } from './cli/run-grid.js'
import type { Browsers } from './config/browsers.js'
import type { Config } from './config/schema.js'
import { Edge } from './edge/edge.js'
import { startHost, type Host } from './host.js'
import { logEvents } from './log-events.js'
import type { Upstream } from './protocol/remote-end.js'
import { policies } from './router/policies.js'
import { Router } from './router/router.js'
import { DockerRuntime } from './runtime/docker.js'
import { Workspace } from './runtime/workspace.js'
import { version } from './version.js'

/** Starts a grid of one host. Rejects, with nothing left behind, when a port is taken. */
export async function start (config: Config, local: Browsers, log: Logger): Promise<Grid> {
  const workspace = new Workspace(tmpdir())
  try {
    return await assemble(config, local, log, workspace)
  } catch (error) {
    workspace.remove()
    throw error
  }
}

async function assemble (config: Config, local: Browsers, log: Logger, workspace: Workspace): Promise<Grid> {
  const events = agentEvents()
  logEvents(events, log)
  const host = await startHost({ config, local, events, workspace, log })
  try {
    return await serve(config, { host, events, workspace, log })
  } catch (error) {
    await host.agent.close()
    await host.runtime.close()
    throw error
  }
}

async function serve (config: Config, { host: { agent, runtime, prewarming }, events, workspace, log }: Parts): Promise<Grid> {
  const { pool: { browser, size, warm }, placement, session: { queueTimeout, queueLimit } } = config
  const router = new Router({ policy: policies[placement.algorithm](), queueTimeout: queueTimeout * 1000, queueLimit })
  router.join({ id: agent.id, end: agent, offers: runtime.offers, room: () => agent.room, load: () => loadOf(agent, size), isFull: error => error instanceof Full })
  events.on('moved', () => router.pump())
  const { app, edge } = await dataAndControl(config, { log, workspace, router, events, prewarming })
  prewarming.keepDefault(browser, warm)
  prewarming.keepPlaywright(config.playwright.warm)
  const urls = await listen(edge, config)
  return {
    urls,
    containers: runtime instanceof DockerRuntime,
    warm: progress => prewarming.reached(progress),
    async stop (grace) {
      router.stop()
      await agent.drain(grace)
      await agent.close()
      await edge.close(1000)
      await app.close()
      await runtime.close()
      workspace.remove()
    },
    kill (wanted) {
      if (wanted) runtime.kill?.()
      workspace.remove()
    }
  }
}

interface Parts {
  readonly host: Host
  readonly events: AgentEvents
  readonly workspace: Workspace
  readonly log: Logger
}

interface Planes {
  readonly log: Logger
  readonly workspace: Workspace
  readonly router: Router
  readonly events: AgentEvents
  readonly prewarming: Prewarming
}

async function dataAndControl (config: Config, { log, workspace, router, events, prewarming }: Planes): Promise<{ app: FastifyInstance, edge: Edge }> {
  const { listen: { allowedHosts, allowedOrigins }, users, tokenSecret, tokenLifetime, edge: limits } = config
  const passwords = new Passwords(users)
  const tokens = new Tokens(tokenSecret, tokenLifetime)
  const gate = new Gate({ passwords, tokens })
  const origins = new Origins({ allowedHosts, allowedOrigins, checkHost: gate.open })
  const claims = new Claims()
  events.on('sessionEnded', session => claims.withdraw(session))
  const app = await controlPlane({
    remote: router,
    claims,
    gate,
    origins,
    passwords,
    tokens,
    counts: new Counts(router, events),
    prewarm: (browser, count, signal) => prewarming.prewarm(browser, count, signal),
    browsers: prewarming.browserNames,
    bodyLimit: limits.bodyLimit,
    version,
    log: log.child({}, { level: 'warn' }) // requests are the agent's events to log
  })
  const path = join(workspace.folder, 'control')
  await app.listen({ path })
  const route = routeOf({ remote: router, gate, origins, sockets: new Sockets(router), control: controlUpstream(path) })
  const edge = new Edge({
    route,
    refuse,
    limits: {
      headBytes: limits.headLimit,
      headTimeout: limits.headTimeout * 1000,
      idleTimeout: limits.keepAliveTimeout * 1000,
      bodyBytes: limits.bodyLimit,
      pingInterval: limits.pingInterval * 1000,
      connectTimeout: limits.connectTimeout * 1000
    }
  })
  return { app, edge }
}

function controlUpstream (path: string): Upstream {
  return { authority: path, address: { path }, base: '', user: '', host: undefined, enter () {}, leave () {} }
}

/** One server, all paths, on every port that is configured. */
async function listen (edge: Edge, { listen: { host, hubPort, apiPort, poolPort }, users }: Config): Promise<Grid['urls']> {
  const at = async (port: number): Promise<string> => {
    const { address, family, port: bound } = await edge.listen(host, port)
    return `${family === 'IPv6' ? `[${address}]` : address}:${bound}`
  }
  const urls: Record<string, string> = {}
  const login = users.length === 0 ? 'any e-mail and password' : 'a user of the configuration'
  if (hubPort !== null) {
    const hub = await at(hubPort)
    urls['Selenium Hub'] = `http://${hub}`
    urls['DevTools (CDP)'] = `ws://${hub}/cdp`
    urls['Playwright'] = `ws://${hub}/playwright`
    urls['WebDriver BiDi'] = `ws://${hub}/session`
  }
  if (apiPort !== null) {
    const api = await at(apiPort)
    urls['REST API'] = `http://${api}/api/sessions/create`
    urls['API log-in'] = `POST http://${api}/api/auth/login with ${login}`
    urls['API documents'] = `http://${api}/api/docs`
  }
  if (poolPort !== null) urls['Pool'] = `http://${await at(poolPort)}/metrics`
  return urls
}

function loadOf (agent: Agent, capacity: number): { leased: number, capacity: number, cpu: number, memory: number } {
  return { leased: capacity - agent.room, capacity, cpu: Math.min(1, (loadavg()[0] ?? 0) / availableParallelism()), memory: 1 - freemem() / totalmem() }
}
