/** WebSockets of a view: to its browser, and from its clients. Chrome compresses nothing either. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { acceptOf } from '../../protocol/frames.js'

/** Longest message, in bytes, as Chrome's own. */
const longestMessage = 256 * 2 ** 20
const options = { perMessageDeflate: false, maxPayload: longestMessage }

const server = new WebSocketServer({ noServer: true, ...options })

/** Chrome takes any key (go-rod says `nil`), ws only one as RFC 6455 asks for: it is given one, and the client the answer to his own. */
const anyKey = 'dGdncmlkIGluIHBsYWNlLg=='
const keys = new WeakMap<IncomingMessage, string>()
server.on('headers', (lines, request) => {
  const at = lines.findIndex(line => line.startsWith('Sec-WebSocket-Accept:'))
  lines[at] = `Sec-WebSocket-Accept: ${acceptOf(keys.get(request) ?? anyKey)}`
})

/** A socket to the browser; an error of it is followed by its end. */
export function openSocket (url: string): WebSocket {
  return new WebSocket(url, { headers: { Host: 'localhost' }, ...options }).on('error', () => {})
}

/** A client's upgrade, which has been looked at. @param take called before anything that it says */
export function acceptSocket (request: IncomingMessage, { socket, head }: { readonly socket: Duplex, readonly head: Buffer }, take: (client: WebSocket) => void): void {
  const key = request.headers['sec-websocket-key']
  if (key !== undefined) {
    keys.set(request, key)
    request.headers['sec-websocket-key'] = anyKey
  }
  server.handleUpgrade(request, socket, head, client => take(client.on('error', () => {})))
}

export function isOpen (socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN
}
