/** A site that browsers in containers reach: it listens on the address that their network has on this machine. */
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { authorityOf, certify, makeAuthority } from '../../src/link/authority.js'
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

export interface StrictSite {
  /** Host and port, where it speaks TLS only. */
  readonly at: string
  /** Of its key (SHA-256 in base64), as `--ignore-certificate-errors-spki-list` wants it. */
  readonly keyHash: string
}

/** A site that wants to be asked by TLS only, and says so (Strict-Transport-Security, RFC 6797). @param host a name: addresses cannot want that */
export async function startStrictSite (t: Pick<Test, 'teardown'>, address: string, host: string): Promise<StrictSite> {
  const life = { from: new Date(Date.now() - 60_000), until: new Date(Date.now() + 86_400_000) }
  const own = certify(host, life, authorityOf(makeAuthority(life)))
  const server = createSecureServer(own, (_request, response) => response.writeHead(200, { 'Strict-Transport-Security': 'max-age=9999' }).end()).listen(0, address)
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const key = new X509Certificate(own.cert).publicKey.export({ type: 'spki', format: 'der' })
  return { at: `${host}:${(server.address() as AddressInfo).port}`, keyHash: createHash('sha256').update(key).digest('base64') }
}
