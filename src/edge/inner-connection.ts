/**
 * A connection between two parts of this process: what one side writes the other one reads, without the kernel and without another turn of the
 * event loop.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** Of each direction, in bytes. */
const highWaterMark = 64 * 1024

class Side extends Duplex {
  readonly connecting = false
  #other: Side | undefined
  /** The other side's write, until this one has room again. */
  #taken: ((error?: Error) => void) | undefined

  constructor () {
    super({ highWaterMark, allowHalfOpen: true })
  }

  static pair (): [Side, Side] {
    const [a, b] = [new Side(), new Side()]
    a.#other = b
    b.#other = a
    return [a, b]
  }

  get readyState (): string {
    return this.destroyed ? 'closed' : 'open'
  }

  setNoDelay (): this { return this }
  setKeepAlive (): this { return this }
  setTimeout (): this { return this }
  ref (): this { return this }
  unref (): this { return this }

  override _read (): void {
    const taken = this.#taken
    this.#taken = undefined
    taken?.()
  }

  override _write (bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const other = this.#other
    if (other === undefined || other.destroyed) return done(gone())
    if (other.push(bytes)) done()
    else other.#taken = done
  }

  override _final (done: () => void): void {
    this.#other?.push(null)
    done()
  }

  override _destroy (error: Error | null, done: (error: Error | null) => void): void {
    const [other, taken] = [this.#other, this.#taken]
    this.#other = undefined
    this.#taken = undefined
    taken?.(gone())
    if (other !== undefined && !other.destroyed) process.nextTick(() => other.destroy())
    done(error)
  }
}

function gone (): Error {
  return new Error('the other side has gone')
}

/** To a server of this process, as if it had accepted it. */
export function innerConnection (server: Server): Socket {
  const [client, served] = Side.pair()
  server.emit('connection', served)
  process.nextTick(() => client.emit('connect'))
  return client as unknown as Socket
}
