/** The port on which routers and agents of one grid speak to each other. */
import { join } from 'node:path'
import type { Draining } from './api/agents.js'
import { gridPlane } from './api/grid-plane.js'
import { refuse } from './api/refuse.js'
import { Edge, type Finder } from './edge/edge.js'
import type { Ground } from './host.js'
import { nameOf, placeOf, trustingServer, trustOf, type Place } from './link/trust.js'
import { controlUpstream, edgeLimits, refusePages } from './planes.js'
import type { RemoteEnd } from './protocol/remote-end.js'
import type { Membership } from './router/membership.js'

export interface GridPort {
  /** `host:port` */
  readonly address: string
  close (): Promise<void>
}

interface RouterParts {
  readonly remote: RemoteEnd
  readonly membership: Membership
  readonly draining: Draining
  readonly secret: string | null
}

/** Where agents join, and operators drain. Undefined where no port is configured. */
export async function openGridPort ({ config, workspace, log }: Ground, { remote, membership, draining, secret }: RouterParts): Promise<GridPort | undefined> {
  const { grid: { host, port }, edge: limits } = config
  if (port === null) return undefined
  const app = gridPlane({ remote, draining, secret, open: true, join: (address, peer) => membership.join(reachable(placeOf(address), peer)), log: log.child({}, { level: 'warn' }) })
  const path = join(workspace.folder, 'grid')
  await app.listen({ path })
  const upstream = controlUpstream(path)
  const route: Finder = head => {
    refusePages(head)
    return { upstream, target: head.target }
  }
  const edge = new Edge({ route, refuse, limits: edgeLimits(limits) })
  const bound = await edge.listen(host, port, accept => trustingServer(trustOf(config.grid), accept))
  return {
    address: nameOf({ host: bound.address, port: bound.port }),
    async close () {
      await edge.close(0)
      await app.close()
    }
  }
}

/** An agent that names no host of its own is where it asks from. */
function reachable ({ host, port }: Place, peer: string): Place {
  return { host: host === '' || host === '*' ? peer.replace(/^::ffff:/, '') : host, port }
}
