/** A site that browsers in containers reach: it listens on the address that their network has on this machine. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { docker } from './engine.js'
import type { TestGrid } from './grid.js'
import type { TraceSite } from './traces.js'
import { call } from './webdriver.js'

/** The address at which the containers of a grid reach this machine. */
export async function gatewayOf ({ hub }: TestGrid): Promise<string> {
  const { body } = await call<{ value: { nodes: { id: string }[] } }>(`GET ${hub}/status`)
  const { IPAM } = await docker.getNetwork(`tggrid-${body.value.nodes[0]?.id}`).inspect() as { IPAM: { Config: { Gateway: string }[] } }
  return IPAM.Config[0]?.Gateway ?? ''
}

/** @param host by which it is known, when that is not the address */
export async function startTraceSite (t: Pick<Test, 'teardown'>, address: string, host = address): Promise<TraceSite> {
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    if (path === '/secret' && request.headers.authorization === undefined) return response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="x"' }).end()
    const type = path === '/worker.js' ? 'text/javascript' : 'text/html'
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': path === '/cached' ? 'max-age=9999' : 'no-store' }).end(type === 'text/html' ? '<title>Traces</title>' : '')
  }).listen(0, address)
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return { origin: `http://${host}:${(server.address() as AddressInfo).port}`, asked: path => asked.get(path) ?? 0 }
}
