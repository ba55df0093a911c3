/**
 * A socket that hands each chunk straight to one function. Any number of them are read into one buffer, out of which a chunk is copied in its
 * own size; by itself Node.js takes 64 KiB for each chunk, gives most of it back, and streams the rest through `data` events.
 */
import { Socket, type SocketConstructorOpts } from 'node:net'

/** Gets a chunk, which nobody changes any more. */
export type Receive = (bytes: Buffer) => void

export class DirectSocket extends Socket {
  /** While nobody receives, the socket is read as any other is. */
  receive: Receive | undefined

  /** @param buffer what is read into; it holds nothing beyond a call, so all sockets can share it */
  constructor (options: SocketConstructorOpts, buffer: Buffer) {
    const callback = (length: number, bytes: Uint8Array): boolean => take(length, bytes)
    super({ ...options, allowHalfOpen: true, onread: { buffer, callback } } as SocketConstructorOpts)
    const take = (length: number, bytes: Uint8Array): boolean => this.#take(copyOf(bytes, length))
  }

  /** @returns false when it is to be read no further for now */
  #take (bytes: Buffer): boolean {
    if (this.receive === undefined) return this.push(bytes)
    this.receive(bytes)
    return true
  }
}

/** What was read may be on its way to a slow client, or kept, when the next chunk comes from anybody. */
function copyOf (bytes: Uint8Array, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length)
  copy.set(bytes.subarray(0, length))
  return copy
}

/**
 * A direct socket in place of one that a server has accepted, paused (`pauseOnConnect`), and nobody has read from. `net.createServer` has no
 * `onread`, so its handle moves; where Node.js has none to move, the accepted socket stays. The server counts the accepted one, which is
 * therefore destroyed with the other.
 */
export function direct (accepted: Socket, buffer: Buffer): Socket {
  const owner = accepted as unknown as { _handle?: object | null }
  const handle = owner._handle
  if (handle === undefined || handle === null) return accepted.resume()
  owner._handle = null
  return new DirectSocket({ handle } as SocketConstructorOpts, buffer).once('close', () => accepted.destroy())
}

/** Gives all that arrives, and what a paused socket holds, to this function alone; with undefined to whoever listens for `data`. */
export function receiveFrom (socket: Socket, receive: Receive | undefined): Socket {
  socket.removeAllListeners('data')
  if (!(socket instanceof DirectSocket)) return receive === undefined ? socket : socket.on('data', receive)
  socket.receive = receive
  if (socket.readableLength > 0) receive?.(socket.read() as Buffer)
  return socket
}
