/** Wires everything, by the role that this process has: with host.ts, planes.ts, agent-role.ts and grid-port.ts the only files that know every class. */
import { tmpdir } from 'node:os'
import type { Logger } from 'pino'
import { serveRouters } from './agent-role.js'
import type { Agent } from './agent/agent.js'
import { agentEvents } from './agent/events.js'
import type { Draining } from './api/agents.js'
import type { Relay } from './api/route.js'
import type { Grid } from './cli/run-grid.js'
import type { Browsers } from './config/browsers.js'
import type { Config } from './config/schema.js'
import type { Edge } from './edge/edge.js'
import { openGridPort, type GridPort } from './grid-port.js'
import { startHost, type Ground, type Host } from './host.js'
import { logEvents } from './log-events.js'
import { clientPlanes, closeQuietly } from './planes.js'
import { routeOf } from './protocol/session-id.js'
import { nameOf, trustOf } from './link/trust.js'
import { Membership } from './router/membership.js'
import type { RemoteAgent } from './router/remote-agent.js'
import { fillFirst, looksAt, policyOf } from './router/policies.js'
import { Router } from './router/router.js'
import { Workspace } from './runtime/workspace.js'

/** Starts what the configuration's role says. Rejects, with nothing left behind, when a port is taken. */
export async function start (config: Config, local: Browsers, log: Logger): Promise<Grid> {
  const workspace = new Workspace(tmpdir())
  const events = agentEvents()
  logEvents(events, log)
  const ground = { config, local, events, workspace, log }
  let host: Host | undefined
  try {
    if (config.role !== 'router') host = await startHost(ground)
    return host !== undefined && config.role === 'agent' ? await serveRouters(ground, host) : await serveClients(ground, host)
  } catch (error) {
    await host?.agent.close()
    await host?.runtime.close()
    workspace.remove()
    throw error
  }
}

/** @param host this one's own browsers, where it has some */
async function serveClients (ground: Ground, host: Host | undefined): Promise<Grid> {
  const { config, events, log } = ground
  const { session: { queueTimeout, queueLimit }, placement } = config
  const policy = placement.enabled ? policyOf(placement.algorithm, { routers: () => membership.routers }) : fillFirst
  const router = new Router({ policy, looksAt: placement.enabled ? looksAt(placement.algorithm) : Infinity, queueTimeout: queueTimeout * 1000, queueLimit })
  const membership: Membership = new Membership({ router, trust: trustOf(config.grid), agents: config.grid.agents, patience: config.grid.patience * 1000, log })
  if (host !== undefined) {
    router.join(host.member)
    events.on('moved', () => router.changed(host.member))
  }
  try {
    return await open(ground, { router, membership, host })
  } catch (error) {
    membership.close()
    throw error
  }
}

type Parts = Pick<Running, 'router' | 'membership' | 'host'>

async function open (ground: Ground, { router, membership, host }: Parts): Promise<Grid> {
  const { config, events, workspace, log } = ground
  const agents = { draining: drainerOf(config, host, { membership, router }), secret: config.grid.secret }
  const { app, edge } = await clientPlanes(config, {
    remote: router,
    events,
    prewarm: async (browser, count, signal) => await prewarmAll({ browser, count, signal }, host, membership),
    foresee: () => host?.agent.foresee(),
    ...config.grid.port === null && config.grid.agents.length === 0 ? {} : { relay: relayOf(host, membership) },
    agents,
    workspace,
    log
  })
  host?.prewarming.keepDefault(config.pool.browser, config.pool.warm)
  host?.prewarming.keepPlaywright(config.playwright.warm)
  const urls = await listen(edge, config)
  const port = await openGridPort(ground, { remote: router, membership, ...agents })
  return {
    urls: { ...urls, ...port === undefined ? {} : { Agents: `tggrid agent --join ${port.address}` } },
    containers: host?.containers ?? false,
    warm: async progress => { await host?.prewarming.reached(progress) },
    stop: grace => stop({ router, host, membership, port, edge, app, workspace }, grace),
    kill (wanted) {
      if (wanted) host?.runtime.kill?.()
      workspace.remove()
    }
  }
}

interface Running {
  readonly router: Router
  readonly host: Host | undefined
  readonly membership: Membership
  readonly port: GridPort | undefined
  readonly edge: Edge
  readonly app: { close (): Promise<unknown> }
  readonly workspace: Workspace
}

async function stop ({ router, host, membership, port, edge, app, workspace }: Running, grace: number): Promise<void> {
  const deadline = performance.now() + grace
  router.stop()
  await host?.agent.drain(grace, true)
  await host?.agent.close()
  // Sessions at other hosts go on through other routers, but what goes through this one now does not.
  if (membership.agents.length > 0) await closeQuietly(edge, deadline)
  else await edge.close(1000)
  await port?.close()
  membership.close()
  await app.close()
  await host?.runtime.close()
  workspace.remove()
}

/** @param config whose grace period is the usual time */
function drainerOf ({ session }: Config, host: Host | undefined, { membership, router }: Pick<Running, 'membership' | 'router'>): Draining {
  const named = (name: string): RemoteAgent | undefined => membership.agents.find(agent => agent.id === name || agent.name === name || agent.address === name || agent.place.host === name)
  const own = (name: string): Agent | undefined => host !== undefined && (host.agent.id === name || host.agent.name === name) ? host.agent : undefined
  return {
    async begin (name, grace = session.grace * 1000) {
      const [remote, local] = [named(name), own(name)]
      await remote?.drain(grace)
      void local?.drain(grace)
      return local !== undefined || remote !== undefined
    },
    async undo (name) {
      const [remote, local] = [named(name), own(name)]
      if (remote === undefined && local === undefined) return undefined
      const undone = [await remote?.undrain(), local?.undrain()]
      if (local !== undefined && host !== undefined) router.changed(host.member)
      return !undone.includes(false)
    }
  }
}

interface Wanted {
  readonly browser: string
  readonly count: number
  readonly signal: AbortSignal
}

/** Spreads browsers that are to be kept open over all hosts that have such, by their capacity. Undefined: none has. */
async function prewarmAll ({ browser, count, signal }: Wanted, host: Host | undefined, membership: Membership): Promise<number | undefined> {
  const remote = membership.agents.filter(({ offers, presence }) => presence === 'there' && offers.some(({ browserName }) => browserName === browser))
  if (remote.length === 0) return await host?.prewarming.prewarm(browser, count, signal)
  const own = host?.prewarming.browserNames.includes(browser) === true ? [{ capacity: host.agent.capacity, prewarm: async (count: number) => await host.prewarming.prewarm(browser, count, signal) ?? 0 }] : []
  const hosts = [...own, ...remote.map(agent => ({ capacity: agent.capacity, prewarm: (count: number) => agent.prewarm({ browser, count }, signal) }))]
  const shares = shareOut(count, hosts.map(({ capacity }) => capacity))
  const warmed = await Promise.all(hosts.map(({ prewarm }, at) => prewarm(shares[at] ?? 0)))
  return warmed.reduce((sum, count) => sum + count, 0)
}

/** Sessions of other hosts, by the first part of their ids. */
function relayOf (host: Host | undefined, membership: Membership): Relay {
  return {
    knows: id => {
      const route = routeOf(id)
      return route !== host?.agent.id && (membership.known(route) !== undefined || membership.beginning)
    },
    find (id, user) {
      const agent = membership.known(routeOf(id))
      if (agent?.presence === 'there') return agent.upstream('', user)
      return membership.find(routeOf(id)).then(agent => agent?.upstream('', user))
    }
  }
}

function shareOut (count: number, weights: readonly number[]): number[] {
  let left = count
  let weight = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(one => {
    const share = Math.round(left * one / Math.max(1, weight))
    left -= share
    weight -= one
    return share
  })
}

/** One server, all paths, on every port that is configured. */
async function listen (edge: Edge, { listen: { host, hubPort, apiPort, poolPort }, users }: Config): Promise<Record<string, string>> {
  const at = async (port: number): Promise<string> => {
    const bound = await edge.listen(host, port)
    return nameOf({ host: bound.address, port: bound.port })
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
