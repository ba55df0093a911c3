/** An agent without a router of its own: routers elsewhere hand out its browsers. */
import { WebSocketServer } from 'ws'
import { systemClock } from './agent/clock.js'
import { Links } from './agent/links.js'
import { Joining } from './agent/joining.js'
import type { Grid } from './cli/run-grid.js'
import type { Ground, Host } from './host.js'
import { linkPath, longestMessage } from './link/messages.js'
import { nameOf, placeOf, trustingServer, trustOf } from './link/trust.js'
import { routerPlanes } from './planes.js'

/** When it rejects, the host is its caller's to close. */
export async function serveRouters ({ config, events, workspace, log }: Ground, { agent, prewarming, runtime, containers }: Host): Promise<Grid> {
  const { grid, pool: { browser, warm } } = config
  const trust = trustOf(config.grid)
  const links = new Links({ agent, prewarming, events, clock: systemClock })
  const { app, edge } = await routerPlanes(config, { remote: agent, events, prewarm: (browser, count, signal) => prewarming.prewarm(browser, count, signal), foresee: () => agent.foresee(), workspace, log })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: longestMessage, perMessageDeflate: false })
  app.server.on('upgrade', (request, socket, ahead) => {
    socket.on('error', () => {}) // 'close' follows
    if (request.url !== linkPath) return socket.destroy()
    sockets.handleUpgrade(request, socket, ahead, link => links.accept(link))
  })
  prewarming.keepDefault(browser, warm)
  prewarming.keepPlaywright(config.playwright.warm)
  const { address, port } = await edge.listen(grid.host, grid.port ?? 0, accept => trustingServer(trust, accept))
  const joining = new Joining({ routers: grid.join.map(placeOf), address: grid.advertise ?? `*:${port}`, trust, log })
  return {
    urls: { Agent: nameOf({ host: address, port }) },
    containers,
    warm: progress => prewarming.reached(progress),
    async stop (grace) {
      await agent.drain(grace, true)
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
