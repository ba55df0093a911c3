/** What stands behind every hop: an answer as a driver's, and a WebSocket that sends back what it gets. Prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

const body = '{"value":{"implicit":0,"pageLoad":300000,"script":30000}}'
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Length': body.length, 'Content-Type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' }).end(body)
})
server.keepAliveTimeout = 0
new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 16 << 20 }).on('connection', socket => {
  socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
