/** An agent without a router of its own: routers elsewhere hand out its browsers. */
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import { systemClock } from './agent/clock.js'
import type { AgentEvents } from './agent/events.js'
import { Links } from './agent/links.js'
import { Joining } from './agent/joining.js'
import type { Grid } from './cli/run-grid.js'
import type { Browsers } from './config/browsers.js'
import type { Config } from './config/schema.js'
import { startHost, type Host } from './host.js'
import { linkPath } from './link/messages.js'
import { placeOf, trustingServer, trustOf } from './link/trust.js'
import { routerPlanes } from './planes.js'
import { DockerRuntime } from './runtime/docker.js'
import type { Workspace } from './runtime/workspace.js'

interface Ground {
  readonly config: Config
  readonly local: Browsers
  readonly events: AgentEvents
  readonly workspace: Workspace
  readonly log: Logger
}

/** Longest message of a router: a session's capabilities can carry extensions. */
const longest = 256 * 2 ** 20

export async function startAgent (ground: Ground): Promise<Grid> {
  const host = await startHost(ground)
  try {
    return await serve(ground, host)
  } catch (error) {
    await host.agent.close()
    await host.runtime.close()
    throw error
  }
}

async function serve ({ config, events, workspace, log }: Ground, { agent, prewarming, runtime }: Host): Promise<Grid> {
  const { grid, pool: { browser, warm } } = config
  const trust = trustOf(config.grid)
  const links = new Links({ agent, prewarming, events, clock: systemClock })
  const { app, edge } = await routerPlanes(config, { remote: agent, events, prewarm: (browser, count, signal) => prewarming.prewarm(browser, count, signal), browsers: () => prewarming.browserNames, workspace, log })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longest, perMessageDeflate: false })
  app.server.on('upgrade', (request, socket, ahead) => {
    socket.on('error', () => {}) // 'close' follows
    if (request.url !== linkPath) return socket.destroy()
    sockets.handleUpgrade(request, socket, ahead, link => links.accept(link))
  })
  prewarming.keepDefault(browser, warm)
  prewarming.keepPlaywright(config.playwright.warm)
  const { address, family, port } = await edge.listen(grid.host, grid.port ?? 0, accept => trustingServer(trust, accept))
  const joining = new Joining({ routers: grid.join.map(placeOf), address: grid.advertise ?? `*:${port}`, trust, log })
  return {
    urls: { Agent: `${family === 'IPv6' ? `[${address}]` : address}:${port}` },
    containers: runtime instanceof DockerRuntime,
    warm: progress => prewarming.reached(progress),
    async stop (grace) {
      await agent.drain(grace)
      joining.close()
      await agent.close()
      links.close()
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
