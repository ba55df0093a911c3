/**
 * Many agents that have no browsers, in one process: `node agents.js COUNT SLOTS`. Each listens at a port of its own and speaks to routers as
 * real ones do: a status at once, at every change (together with others of 5 ms) and each second; promises, sessions, ends. Prints the ports.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { WebSocketServer, type WebSocket } from 'ws'
import { LinkError } from '../../src/link/link-error.js'
import { heartbeat, silence, type EndSession, type LinkStatus, type NewSession } from '../../src/link/messages.js'
import { Peer } from '../../src/link/peer.js'
import type { Session } from '../../src/protocol/remote-end.js'

const [count = 1, slots = 1] = process.argv.slice(2).map(Number)
const browsers = [{ browserName: 'chrome', browserVersion: '156.0.0.0', platformName: 'linux' }]
const profile = 'chrome 156.0.0.0 {}'

class FakeAgent {
  readonly #id = randomBytes(4).toString('hex')
  readonly #instance = randomUUID()
  readonly #sessions = new Set<string>()
  readonly #told = new Map<Peer, Record<string, string>>()
  #tickets = 0
  #held = 0
  #scheduled = false

  accept (socket: WebSocket): void {
    const peer = new Peer(socket, {
      silence,
      handlers: {
        ping: () => true,
        reserve: () => {
          if (this.#sessions.size + this.#held >= slots) throw new LinkError('full', 'every browser is in use')
          this.#held++
          return ++this.#tickets
        },
        newSession: ({ user, waited }: NewSession) => this.#begin(user, waited),
        endSession: ({ id }: EndSession) => {
          this.#sessions.delete(id)
          this.#changed()
        },
        slots: () => [{ agent: this.#id, slots: [] }]
      }
    })
    this.#told.set(peer, {})
    void peer.closed.then(() => this.#told.delete(peer))
    this.tell()
  }

  tell (): void {
    const leased = this.#sessions.size
    const status: LinkStatus = {
      id: this.#id,
      name: this.#id,
      version: '0',
      host: { arch: 'amd64', name: 'Linux', version: '6' },
      availability: 'UP',
      capacity: slots,
      weight: 1,
      leased: leased + this.#held,
      states: { starting: 0, blank: 2, warm: Math.min(4, slots - leased), leased, recycling: 0, dead: 0 },
      warm: { [profile]: Math.min(4, slots - leased) },
      cpu: Math.random(),
      memory: Math.random(),
      sessionTimeout: 300_000,
      browsers,
      devtools: {},
      tally: { created: slots, reused: 0, hits: this.#tickets, misses: 0, startup: 3 * this.#tickets },
      instance: this.#instance,
      routers: this.#told.size
    }
    for (const [peer, told] of this.#told) {
      const change = Object.entries(status).filter(([name, value]) => told[name] !== JSON.stringify(value))
      for (const [name, value] of change) told[name] = JSON.stringify(value)
      peer.tell('status', Object.fromEntries(change))
    }
  }

  #begin (user: string, waited: number): Session {
    const id = this.#id + randomBytes(16).toString('hex')
    this.#held--
    this.#sessions.add(id)
    this.#changed()
    return { id, user, capabilities: { browserName: 'chrome', browserVersion: '156.0.0.0', platformName: 'linux' }, doors: ['webdriver', 'cdp'], browserName: 'chrome', browserVersion: '156.0.0.0', poolHit: true, startupTime: waited, createdAt: new Date(), bound: false, claimable: false }
  }

  #changed (): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setTimeout(() => { this.#scheduled = false; this.tell() }, 5)
  }
}

const ports = await Promise.all(Array.from({ length: count }, async () => {
  const agent = new FakeAgent()
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  sockets.on('connection', socket => agent.accept(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  setTimeout(() => setInterval(() => agent.tell(), heartbeat), Math.random() * heartbeat)
  return (server.address() as AddressInfo).port
}))
console.log(JSON.stringify(ports))
