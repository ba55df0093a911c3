/** http-proxy as its users know it, with kept connections: `node http-proxy.js PORT`. Prints its port. */
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import httpProxy from 'http-proxy'

const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${process.argv[2]}`, agent: new Agent({ keepAlive: true }) })
proxy.on('error', error => { console.error(error.message) })
const server = createServer((request, response) => proxy.web(request, response))
server.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {})
  proxy.ws(request, socket, head)
})
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
