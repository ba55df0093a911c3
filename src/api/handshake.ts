/** A WebSocket's handshake where the socket ends with us (RFC 6455, §4.2). */
import { Refusal, type RequestHead } from '../edge/edge.js'
import { acceptOf } from '../protocol/frames.js'

/** The head that accepts it. @param protocol is agreed on when the client offers it @throws Refusal for a handshake that is none */
export function acceptance (head: RequestHead, protocol?: string): string {
  const key = head.header('sec-websocket-key')
  if (key === undefined || head.header('sec-websocket-version') !== '13') throw new Refusal(400, 'a WebSocket needs Sec-WebSocket-Key, and Sec-WebSocket-Version 13')
  const offered = (head.header('sec-websocket-protocol') ?? '').split(',').map(name => name.trim())
  const agreed = protocol !== undefined && offered.includes(protocol) ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n${agreed}\r\n`
}
