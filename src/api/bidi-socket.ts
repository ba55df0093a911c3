/**
 * WebDriver BiDi without a classic session before it (WebDriver BiDi, §5.1 "Establishing a connection"): a socket at /session whose first
 * command is `session.new`. The messages before the session are read here; from then on bytes go through as they are.
 */
import { request } from 'node:http'
import type { Socket } from 'node:net'
import type { Join, RequestHead, Takeover } from '../edge/edge.js'
import { answerOf } from '../protocol/answer.js'
import { candidatesOf } from '../protocol/candidates.js'
import { WebDriverError } from '../protocol/errors.js'
import { closeFrame, FrameError, frameOf, FrameReader, type Message } from '../protocol/frames.js'
import { reachedBy, type Reached } from '../protocol/reached-by.js'
import type { RemoteEnd, Session } from '../protocol/remote-end.js'
import { optionsFor } from './ask.js'
import { acceptance } from './handshake.js'
import { bound, newSession, type BoundUpstream, type SocketClient } from './socket-session.js'

/** Longest message before the session, in bytes; capabilities can carry extensions. */
const longest = 64 * 2 ** 20
/** A socket without a session is closed after this time, in milliseconds. */
const patience = 60_000

/** @throws Refusal for a handshake that is none */
export function takeBidi (remote: RemoteEnd, head: RequestHead, client: SocketClient): Takeover {
  const accept = acceptance(head)
  const reached = reachedBy(Object.fromEntries(hostHeaders.map(name => [name, head.header(name)])))
  const open = (session: unknown, gone: AbortSignal): Promise<Session> => newSession(remote, bidiCandidates(session), head, { user: client.user, gone })
  return {
    take (socket, ahead, join) {
      socket.write(accept)
      new BidiSocket(socket, { remote, reached, open, join }).begin(ahead)
    }
  }
}

const hostHeaders = ['host', 'forwarded', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-forwarded-prefix']

/** What `session.new` asks for, with BiDi, which it need not say. */
function bidiCandidates (params: unknown): ReturnType<typeof candidatesOf> {
  const { capabilities = {} } = (params ?? {}) as { capabilities?: unknown }
  return candidatesOf({ capabilities }).map(candidate => ({ ...candidate, webSocketUrl: true }))
}

interface Parts {
  readonly remote: RemoteEnd
  readonly reached: Reached
  readonly open: (params: unknown, gone: AbortSignal) => Promise<Session>
  readonly join: Join
}

interface Command {
  readonly id: number
  readonly method: string
  readonly params: unknown
}

class BidiSocket {
  readonly #socket: Socket
  readonly #parts: Parts
  readonly #reader = new FrameReader(longest)
  readonly #gone = new AbortController()
  readonly #data = (bytes: Buffer): void => { this.#read(bytes) }
  readonly #late: NodeJS.Timeout
  #opening = false

  constructor (socket: Socket, parts: Parts) {
    this.#socket = socket
    this.#parts = parts
    this.#late = setTimeout(() => this.#close(1000, `no session.new within ${patience / 1000} s`), patience).unref()
    socket.once('close', () => this.#over()).once('end', () => socket.destroy())
  }

  begin (ahead: Buffer): void {
    this.#socket.on('data', this.#data)
    this.#read(ahead)
    this.#socket.resume()
  }

  #over (): void {
    clearTimeout(this.#late)
    this.#gone.abort(new Error('the client hung up'))
  }

  #read (bytes: Buffer): void {
    this.#reader.add(bytes)
    try {
      while (!this.#opening) {
        const message = this.#reader.next()
        if (message === undefined) return
        this.#take(message)
      }
      if (this.#reader.rest.length > longest) this.#close(1009, 'too much before the session')
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#close(1002, error.message)
    }
  }

  #take ({ kind, data }: Message): void {
    switch (kind) {
      case 'ping': this.#socket.write(frameOf('pong', data)); break
      case 'close': this.#socket.end(frameOf('close', data.subarray(0, 2))); break
      case 'text': this.#answer(data.toString('utf8')); break
      case 'binary': this.#close(1003, 'BiDi speaks text'); break
      case 'pong':
    }
  }

  #answer (text: string): void {
    const command = commandOf(text)
    if (command === undefined) return this.#send({ type: 'error', id: null, error: 'invalid argument', message: 'a command is JSON with id, method and params' })
    switch (command.method) {
      case 'session.new': void this.#begin(command); break
      case 'session.status': this.#status(command); break
      default: this.#fail(command.id, new WebDriverError('invalid session id', `${command.method} needs a session: begin with session.new`))
    }
  }

  #status ({ id }: Command): void {
    const { ready, message } = this.#parts.remote.status()
    this.#send({ type: 'success', id, result: { ready, message } })
  }

  /** From the command to the tunnel. Never rejects. */
  async #begin ({ id, params }: Command): Promise<void> {
    this.#opening = true
    try {
      const session = await this.#parts.open(params, this.#gone.signal)
      const upstream = bound(this.#parts.remote, session, 'bidi')
      await this.#join(id, session, upstream).catch(error => { upstream.end(); throw error })
    } catch (error) {
      this.#opening = false
      this.#fail(id, error as Error)
      this.#read(Buffer.alloc(0))
    }
  }

  async #join (id: number, session: Session, upstream: BoundUpstream): Promise<void> {
    const driver = await openSocket(upstream, this.#gone.signal)
    if (this.#socket.destroyed) {
      driver.socket.destroy()
      return upstream.end()
    }
    clearTimeout(this.#late)
    this.#socket.pause().off('data', this.#data).removeAllListeners('end')
    this.#send({ type: 'success', id, result: { sessionId: session.id, capabilities: answerOf(session, this.#parts.reached) } })
    if (driver.ahead.length > 0) this.#socket.write(driver.ahead)
    if (this.#reader.rest.length > 0) driver.socket.write(this.#reader.rest)
    upstream.enter()
    this.#parts.join(driver.socket, () => upstream.leave())
  }

  #fail (id: number, error: Error): void {
    const code = error instanceof WebDriverError ? error.code : 'unknown error'
    this.#send({ type: 'error', id, error: code, message: error.message })
  }

  #send (message: object): void {
    if (!this.#socket.destroyed) this.#socket.write(frameOf('text', Buffer.from(JSON.stringify(message))))
  }

  #close (code: number, reason: string): void {
    this.#socket.end(closeFrame(code, reason))
    this.#over()
  }
}

function commandOf (text: string): Command | undefined {
  try {
    const { id, method, params } = JSON.parse(text) as Partial<Command>
    return typeof id === 'number' && typeof method === 'string' ? { id, method, params } : undefined
  } catch {
    return undefined
  }
}

/** A socket of ours to the session's driver, after its handshake. */
function openSocket (upstream: BoundUpstream, signal: AbortSignal): Promise<{ socket: Socket, ahead: Buffer }> {
  return new Promise((resolve, reject) => {
    const { headers, ...options } = optionsFor(upstream, upstream.base)
    const handshake = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGdncmlkIHRvIGRyaXZlcg==' }
    request({ ...options, headers: { ...headers, ...handshake }, signal })
      .on('upgrade', (_response, socket, ahead) => {
        socket.on('error', () => {}) // 'close' follows
        resolve({ socket: (socket as Socket).pause().setNoDelay(true), ahead })
      })
      .on('response', response => reject(new Error(`the driver refused its BiDi socket with ${response.statusCode}`)))
      .on('error', reject).end()
  })
}
