/** Agents behind a DNS name: a router's membership, a name server, and agents at addresses of the loopback network, all over sockets. */
import { setServers } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { heartbeat, silence, type LinkStatus } from '../../src/link/messages.js'
import { Peer } from '../../src/link/peer.js'
import { Membership } from '../../src/router/membership.js'
import { policyOf } from '../../src/router/policies.js'
import { Router } from '../../src/router/router.js'
import { agentStatus } from '../support/agent-status.js'
import { startNameServer } from '../support/name-server.js'
import { until } from '../support/until.js'

interface Agent {
  readonly port: number
  close (): void
}

async function startAgent (t: Pick<Test, 'teardown'>, host: string, port = 0): Promise<Agent> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  const id = `0000000${host.at(-1)}`
  const status: LinkStatus = { ...agentStatus(host, { id }), instance: id, routers: 1 }
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', socket => {
    const peer = new Peer(socket, { silence, handlers: { ping: () => true } })
    peer.tell('status', status)
    const beat = setInterval(() => peer.tell('status', {}), heartbeat)
    void peer.closed.then(() => clearInterval(beat))
  })
  const close = (): void => {
    server.close()
    sockets.clients.forEach(client => client.terminate())
  }
  t.teardown(close)
  return { port: (server.address() as AddressInfo).port, close }
}

t.test('agents behind a name are found, followed as its addresses change, and kept while the name server says nothing', async t => {
  const first = await startAgent(t, '127.0.0.2')
  const { port } = first
  const names = await startNameServer(t, ['127.0.0.2', '127.0.0.3'])
  setServers([names.address])
  syncBuiltinESMExports() // whoever has imported `resolve4` by its name has the old servers otherwise
  const router = new Router({ policy: policyOf('round-robin', { routers: () => 1 }), queueTimeout: 1000, queueLimit: 1 })
  const membership = new Membership({ router, trust: { by: 'none' }, agents: [`dns:agents.test:${port}`], patience: 1000, log: { info () {}, warn () {} } })
  t.teardown(() => membership.close())
  const there = (): string[] => membership.agents.filter(({ presence }) => presence === 'there').map(({ name }) => name).sort()
  const met = (...names: string[]): Promise<unknown> => until(`${names.join(' and ')} are there`, () => there().join() === names.join())
  await met('127.0.0.2')
  await startAgent(t, '127.0.0.3', port) // its address was known before it listened
  await met('127.0.0.2', '127.0.0.3')
  await startAgent(t, '127.0.0.4', port)
  names.answers = ['127.0.0.3', '127.0.0.4']
  await met('127.0.0.2', '127.0.0.3', '127.0.0.4') // who is there stays, also when his address is not told any more
  first.close()
  await until('who has gone and is not told any more is forgotten', () => router.status().agents.map(({ name }) => name).sort().join() === '127.0.0.3,127.0.0.4')
  names.answers = []
  const before = names.asked
  await until('it has been asked twice again, for both kinds of addresses', () => names.asked >= before + 4)
  t.strictSame(there(), ['127.0.0.3', '127.0.0.4'], 'a name without addresses has nobody leave')
})
