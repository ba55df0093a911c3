/** A server that does nothing but answer: what a client needs for any answer of another process. Prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const answer = JSON.stringify({ value: { sessionId: '0'.repeat(40), capabilities: { browserName: 'chrome' } } })
const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(answer) }).end(answer))
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
