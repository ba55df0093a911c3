/** A WebSocket's two sockets, spliced: every byte of one goes to the other as it is, no faster than that one takes them. */
import type { Socket } from 'node:net'
import { receiveFrom } from './direct-socket.js'
import { FrameBoundary } from './frame-boundary.js'

/** A side that has said goodbye waits so long for the other one, in milliseconds. */
const farewell = 30_000

const ping = Buffer.from([0x89, 0])

export interface SpliceOptions {
  /** Called once both sides have closed. */
  readonly over: () => void
  /**
   * A client that hears nothing for so long gets a ping (RFC 6455, §5.5.2), in milliseconds: load balancers drop sockets that are silent for
   * a minute. Its pong goes to the browser, who takes it for one of the client's own accord.
   */
  readonly silence: number
}

/** Splices until both sides have ended, or one is cut. Neither socket has listeners for data, drain, end or close any more. */
export function splice (client: Socket, upstream: Socket, { over, silence }: SpliceOptions): void {
  let open = 2
  let timer: NodeJS.Timeout | undefined
  const boundary = new FrameBoundary()
  const wake = keepAwake(client, boundary, silence)
  const cut = (): void => { client.destroy(); upstream.destroy() }
  const closed = (): void => {
    cut()
    if (--open > 0) return
    clearTimeout(timer)
    clearInterval(wake)
    over()
  }
  receiveFrom(client, bytes => { if (!upstream.write(bytes)) client.pause() })
  receiveFrom(upstream, bytes => {
    boundary.take(bytes)
    if (!client.write(bytes)) upstream.pause()
  })
  for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
    to.on('drain', () => from.resume())
    from.on('end', () => {
      to.end()
      timer ??= setTimeout(cut, farewell).unref()
    })
    from.on('close', closed)
  }
  client.resume()
  upstream.resume()
}

function keepAwake (client: Socket, boundary: FrameBoundary, silence: number): NodeJS.Timeout {
  let told = client.bytesWritten
  return setInterval(() => {
    if (client.bytesWritten === told && boundary.between && client.writable) client.write(ping)
    told = client.bytesWritten
  }, silence).unref()
}
