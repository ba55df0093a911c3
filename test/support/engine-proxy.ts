/** A socket in front of the Docker engine that behaves as engines do that are slow, full, old, stuck or gone. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { engineAddress } from './engine.js'

export interface Canned {
  readonly status: number
  readonly body: unknown
}

export class EngineProxy {
  /** As `container.engine` takes it. */
  readonly address: string
  /** Before each request is passed on, in milliseconds. */
  delay = 0
  /** Requests wait without end. */
  stuck = false
  /** Instead of the engine's answer. @param request such as `POST /containers/create` */
  answer: (request: string) => Canned | undefined = () => undefined
  readonly #path: string
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  constructor (path: string) {
    this.#path = path
    this.address = `unix://${path}`
  }

  /** As if the engine was started: the socket is there. */
  async start (): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, socket => { void this.#serve(socket) }).listen(this.#path)
    this.#server = server
    await once(server, 'listening')
  }

  /** As if the engine was stopped: connections are cut, and the socket is gone. */
  async stop (): Promise<void> {
    const closed = this.#server?.listening === true ? once(this.#server, 'close') : undefined
    this.#server?.close()
    this.#sockets.forEach(socket => socket.destroy())
    await closed
  }

  async #serve (socket: Socket): Promise<void> {
    this.#keep(socket)
    const head = await headOf(socket)
    if (head === undefined) return
    await pause(this.delay)
    if (this.stuck || socket.destroyed) return
    const [method = '', path = ''] = head.toString('latin1').split(' ', 2)
    const canned = this.answer(`${method} ${path.split('?', 1)[0]}`)
    if (canned !== undefined) return answerWith(socket, canned)
    const engine = connect({ path: (engineAddress ?? '').replace('unix://', ''), allowHalfOpen: true })
    this.#keep(engine)
    engine.write(oneRequest(head))
    socket.pipe(engine).pipe(socket)
    engine.once('close', () => socket.destroy())
    socket.once('close', () => engine.destroy())
  }

  #keep (socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
  }
}

export async function startEngineProxy (t: Pick<Test, 'teardown'>): Promise<EngineProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'))
  const proxy = new EngineProxy(join(folder, 'docker.sock'))
  t.teardown(async () => {
    await proxy.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await proxy.start()
  return proxy
}

/** What has come until the end of the first request's head; undefined when it never does. */
async function headOf (socket: Socket): Promise<Buffer | undefined> {
  let head = Buffer.alloc(0)
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])]) as [Buffer?]
    if (chunk === undefined) return undefined
    head = Buffer.concat([head, chunk])
  }
  socket.pause()
  return head
}

/** Each request is to have a connection of its own, so that all are seen. */
function oneRequest (head: Buffer): Buffer {
  const text = head.toString('latin1')
  return Buffer.from(/^upgrade:/im.test(text) ? text : text.replace(/^connection:.*\r\n/im, '').replace('\r\n', '\r\nConnection: close\r\n'), 'latin1')
}

function answerWith (socket: Socket, { status, body }: Canned): void {
  const text = JSON.stringify(body)
  socket.end(`HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`)
  socket.resume()
}
