/** tggrid's edge with its real routing, before one upstream: `node tggrid.js PORT DRIVER_SESSION`. Prints its port. */
import { Gate } from '../../src/api/gate.js'
import { Origins } from '../../src/api/origins.js'
import { Passwords } from '../../src/api/passwords.js'
import { refuse } from '../../src/api/refuse.js'
import { router } from '../../src/api/route.js'
import { Sockets } from '../../src/api/sockets.js'
import { Tokens } from '../../src/api/tokens.js'
import { Edge } from '../../src/edge/edge.js'
import type { RemoteEnd, Upstream } from '../../src/protocol/remote-end.js'

const [, , port = '', session = ''] = process.argv
const upstream: Upstream = {
  authority: `127.0.0.1:${port}`, address: { host: '127.0.0.1', port: Number(port) }, base: `/session/${session}`, user: '', host: 'localhost', enter () {}, leave () {}
}
const gate = new Gate({ passwords: new Passwords([]), tokens: new Tokens('only for a measurement', 60) })
const remote = { locate: () => upstream } as unknown as RemoteEnd
const route = router({
  remote,
  sockets: new Sockets(remote),
  gate,
  origins: new Origins({ allowedHosts: [], allowedOrigins: [], checkHost: gate.open }),
  control: upstream
})
const edge = new Edge({ route, refuse, limits: { headBytes: 65536, bodyBytes: 1e8, headTimeout: 10_000, idleTimeout: 60_000, pingInterval: 25_000, connectTimeout: 5000 } })
console.log((await edge.listen('127.0.0.1', 0)).port)
