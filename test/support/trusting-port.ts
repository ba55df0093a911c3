/** A port as routers and agents have, which sends back what it hears, and sockets that speak to it. */
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Test } from 'tap'
import { trustingServer, type Trust } from '../../src/link/trust.js'

export interface TrustingPort {
  readonly port: number
  readonly server: Server
  /** Sockets that were handed over. */
  readonly accepted: Socket[]
}

export async function listen (t: Pick<Test, 'teardown'>, trust: Trust): Promise<TrustingPort> {
  const accepted: Socket[] = []
  const server = trustingServer(trust, socket => {
    accepted.push(socket)
    socket.on('error', () => {}).on('data', bytes => socket.write(bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { accepted.forEach(socket => socket.destroy()); server.close() })
  return { port: (server.address() as AddressInfo).port, server, accepted }
}

/** What a socket hears of what it says, or `refused`. */
export async function says (socket: Socket, text: string): Promise<string> {
  const heard = new Promise<string>(resolve => {
    socket.once('data', bytes => resolve(String(bytes))).on('error', () => resolve('refused'))
    socket.once('end', () => resolve('refused')).once('close', () => resolve('refused')) // half-open sockets end first
  })
  socket.write(text)
  const answer = await heard
  socket.destroy()
  return answer
}
