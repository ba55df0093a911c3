/**
 * A browser's display as a WebSocket, as noVNC and its kind speak to Selenium Grid and Selenoid: the binary messages of one side are the
 * bytes of a VNC connection (RFC 6143), and so are the other's. How they are cut into messages says nothing.
 */
import { connect, type Socket } from 'node:net'
import { Refusal, type RequestHead, type Takeover } from '../edge/edge.js'
import { closeFrame, FrameError, frameOf, FrameReader, type Message } from '../protocol/frames.js'
import type { Upstream } from '../protocol/remote-end.js'
import { acceptance } from './handshake.js'

/** Longest message of a client, in bytes: what it types, clicks and pastes. */
const longest = 2 ** 20
/** A display that takes longer to answer is none, in milliseconds. */
const patience = 5000
/** Load balancers drop sockets that are silent for a minute; a display where nothing moves is. In milliseconds. */
const silence = 20_000
/** For the last frame to go out, in milliseconds. */
const farewell = 5000

/** @throws Refusal for a handshake that is none, and for a display that does not answer */
export async function takeVnc (upstream: Upstream, head: RequestHead): Promise<Takeover> {
  const accept = acceptance(head, 'binary')
  const display = await reached(upstream)
  return {
    take (socket, ahead) {
      upstream.enter()
      socket.write(accept)
      new VncSocket(socket, display, () => upstream.leave()).begin(ahead)
    },
    unused: () => display.destroy()
  }
}

/** Paused, with an error listener. */
function reached ({ address, authority }: Upstream): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const display = connect({ ...address, noDelay: true })
    const late = setTimeout(() => display.destroy(new Error(`no connection within ${patience} ms`)), patience)
    display.on('error', error => reject(new Refusal(502, `the display at ${authority} does not answer: ${error.message}`)))
    display.once('close', () => clearTimeout(late)).once('connect', () => {
      clearTimeout(late)
      resolve(display.pause())
    })
  })
}

class VncSocket {
  readonly #client: Socket
  readonly #display: Socket
  readonly #reader = new FrameReader(longest)
  readonly #wake: NodeJS.Timeout

  /** @param over called once, when both sides have closed */
  constructor (client: Socket, display: Socket, over: () => void) {
    this.#client = client
    this.#display = display
    this.#wake = setInterval(() => this.#ping(), silence).unref()
    let open = 2
    const closed = (): void => {
      clearInterval(this.#wake)
      client.destroy()
      display.destroy()
      if (--open === 0) over()
    }
    client.once('close', closed).once('end', () => client.destroy())
    display.once('close', closed).once('end', () => this.#close(1000, 'the display has gone'))
  }

  begin (ahead: Buffer): void {
    const [client, display] = [this.#client, this.#display]
    client.on('data', bytes => this.#read(bytes)).on('drain', () => display.resume())
    display.on('data', bytes => { if (!client.write(frameOf('binary', bytes))) display.pause() }).on('drain', () => client.resume())
    this.#read(ahead)
    client.resume()
    display.resume()
  }

  #read (bytes: Buffer): void {
    this.#reader.add(bytes)
    try {
      for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) this.#take(message)
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#close(1002, error.message)
    }
  }

  #take ({ kind, data }: Message): void {
    switch (kind) {
      case 'binary': if (!this.#display.write(data)) this.#client.pause(); break
      case 'ping': this.#client.write(frameOf('pong', data)); break
      case 'close': this.#end(frameOf('close', data.subarray(0, 2))); break
      case 'text': this.#close(1003, 'VNC is binary'); break
      case 'pong':
    }
  }

  #ping (): void {
    if (this.#client.writable) this.#client.write(frameOf('ping', Buffer.alloc(0)))
  }

  #close (code: number, reason: string): void {
    this.#end(closeFrame(code, reason))
  }

  /** A client that does not take the last frame is not waited for. */
  #end (last: Buffer): void {
    if (!this.#client.writable) return
    this.#client.end(last, () => this.#display.destroy())
    setTimeout(() => this.#client.destroy(), farewell).unref()
  }
}
