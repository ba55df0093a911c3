/** What goes to an agent's sessions through a router: requests and tunnels, which a silent host would hold for ever. */
import type { Socket } from 'node:net'

/** They are cut so long after a host was noticed to be silent, in milliseconds: it might only have been stuck. */
const cutAfter = 2000

export class SessionSockets {
  readonly #open: () => Socket
  readonly #sockets = new Set<Socket>()
  #timer: NodeJS.Timeout | undefined

  /** @param open a connection for a session's bytes */
  constructor (open: () => Socket) {
    this.#open = open
  }

  readonly connect = (): Socket => {
    const socket = this.#open()
    this.#sockets.add(socket)
    return socket.once('close', () => this.#sockets.delete(socket))
  }

  /** The host is silent. */
  cutSoon (why: string): void {
    this.#timer = setTimeout(() => this.#sockets.forEach(socket => socket.destroy(new Error(why))), cutAfter).unref()
  }

  /** It is heard again. */
  keep (): void {
    clearTimeout(this.#timer)
  }
}
