/**
 * A browser as one session sees it that shares it with others: an address of its own, where Chrome's own endpoints are (`/json/version` and so on,
 * `/devtools/browser/…`, `/devtools/page/…`), and behind them a browser context of its own in the place of the whole browser.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { TargetInfo } from '../../protocol/cdp.js'
import { expose } from './exposed.js'
import { acceptSocket } from './sockets.js'
import type { Targets } from './targets.js'
import { Territory, type TerritoryOptions } from './territory.js'
import { ViewClient, type Client, type ViewClientOptions } from './view-client.js'

export interface ViewOptions extends TerritoryOptions {
  readonly targets: Targets
  /** Where the browser listens, `host:port`. */
  readonly browser: string
  /** Of the browser's own socket, such as `/devtools/browser/6f…`. */
  readonly browserPath: string
  /** What the browser says of itself, without its address. */
  readonly version: Readonly<Record<string, string>>
  /** Where the view listens; port 0 takes any free one. */
  readonly host: string
}

interface Answer {
  readonly status: number
  /** Of what is neither JSON nor a text for people. */
  readonly type?: string
  readonly body: string | Buffer | object
}

/** What Chrome says of a context that went with the connection that had made it (`disposeOnDetach`). */
const hasGone = /^Failed to find /

/** What may be left unread of a client before its browser is not listened to, in bytes. */
const mostUnread = 4 * 2 ** 20

export class View {
  readonly #options: ViewOptions
  readonly #territory: Territory
  readonly #path = `/devtools/browser/${randomUUID()}`
  readonly #server: Server
  readonly #clients = new Set<() => void>()
  #closed = false

  private constructor (options: ViewOptions) {
    this.#options = options
    this.#territory = new Territory(options.targets, options)
    this.#server = createServer((request, response) => { void this.#answer(request, response) })
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head))
  }

  static async open (options: ViewOptions): Promise<View> {
    const view = new View(options)
    await new Promise<void>((resolve, reject) => view.#server.once('error', reject).listen(0, options.host, resolve))
    return view
  }

  get port (): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends all connections, and the contexts with all that is in them. Rejects when the browser does not say that they have gone. */
  async close (): Promise<void> {
    this.hangUp()
    await this.#territory.rest()
    const { control } = this.#options.targets
    await Promise.all([...this.#territory.contexts].map(async browserContextId => {
      await control.call('Target.disposeBrowserContext', { browserContextId }).catch(error => { if (!hasGone.test((error as Error).message)) throw error })
      this.#territory.dropContext(browserContextId)
    }))
  }

  /** Ends all connections: its client's last wish, or its browser has gone. */
  hangUp (): void {
    if (this.#closed) return
    this.#closed = true
    this.#server.close()
    this.#server.closeAllConnections()
    this.#clients.forEach(end => end())
  }

  /** @param act called once, when all connections have ended: at once where they have */
  whenHungUp (act: () => void): void {
    if (this.#closed) act()
    else this.#clients.add(act)
  }

  /** A client in this process, as if it had connected to the browser's socket. @param client told when the view has gone, too */
  attach (client: Client): ViewClient {
    const attached = this.#join({ url: this.#browserSocket, level: 'browser' }, client)
    this.#clients.add(() => {
      attached.close()
      client.close()
    })
    return attached
  }

  get #browserSocket (): string {
    const { browser, browserPath } = this.#options
    return `ws://${browser}${browserPath}`
  }

  async #answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, body } = await this.#say(request).catch((error: Error): Answer => ({ status: 500, body: error.message }))
    const isJson = typeof body !== 'string' && !Buffer.isBuffer(body)
    response.writeHead(status, { 'Content-Type': type ?? (isJson ? 'application/json; charset=UTF-8' : 'text/html; charset=UTF-8') }).end(isJson ? JSON.stringify(body, null, 3) : body)
  }

  /** Chrome's HTTP endpoints. */
  async #say (request: IncomingMessage): Promise<Answer> {
    const { version, targets: { control } } = this.#options
    const host = request.headers.host ?? 'localhost'
    if (!isLocal(host)) return { status: 500, body: 'Host header is specified and is not an IP address or localhost.' }
    const [path = '', query] = (request.url ?? '').split(/\?(.*)/s)
    const [, json, kind = 'list', id = ''] = path.replace(/\/$/, '').split('/')
    if (json === 'devtools') return await this.#frontEnd(path)
    if (json !== 'json') return { status: 404, body: '' }
    switch (kind) {
      case 'version': return { status: 200, body: { ...version, webSocketDebuggerUrl: `ws://${host}${this.#path}` } }
      case 'list': return { status: 200, body: this.#pages().map(info => pageOf(info, host)) }
      case 'protocol': return { status: 200, body: await (await fetch(`http://${this.#options.browser}/json/protocol`)).json() as object }
      case 'new': return request.method === 'PUT' ? { status: 200, body: pageOf(await this.#newPage(query), host) } : { status: 405, body: `Using unsafe HTTP verb ${request.method} to invoke /json/new. This action supports only PUT verb.` }
      case 'activate':
      case 'close':
        await this.#territory.findTarget(id)
        if (!this.#territory.ownsTarget(id)) return { status: 404, body: `No such target id: ${id}` }
        await control.call(kind === 'close' ? 'Target.closeTarget' : 'Target.activateTarget', { targetId: id })
        return { status: 200, body: kind === 'close' ? 'Target is closing' : 'Target activated' }
      default: return { status: 404, body: `Unknown command: ${kind}` }
    }
  }

  /** DevTools' own pages are the same for all. A path that leads out of them, such as by `..`, would lead to the whole browser. */
  async #frontEnd (path: string): Promise<Answer> {
    const url = new URL(`http://${this.#options.browser}${path}`)
    if (!/^\/devtools\/(?!page\/|browser\/)/.test(url.pathname)) return { status: 404, body: '' }
    const answer = await fetch(url, { redirect: 'manual' })
    return { status: answer.status, type: answer.headers.get('content-type') ?? 'text/html', body: Buffer.from(await answer.arrayBuffer()) }
  }

  #pages (): TargetInfo[] {
    return this.#options.targets.pagesOf(this.#territory.contexts)
  }

  async #newPage (query = ''): Promise<TargetInfo> {
    const url = query === '' ? 'about:blank' : decodeURIComponent(query)
    const { control } = this.#options.targets
    await this.#territory.settle()
    const { targetId } = await control.call('Target.createTarget', { url, browserContextId: this.#territory.home })
    this.#territory.addTarget(String(targetId))
    return { targetId: String(targetId), type: 'page', title: '', url }
  }

  #upgrade (request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {})
    void this.#way(request).then(way => {
      if (typeof way === 'number') socket.end(`HTTP/1.1 ${way} ${way === 403 ? 'Forbidden' : 'Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      else acceptSocket(request, { socket, head }, client => this.#serve(client, way))
    })
  }

  /** A page of some site must not reach a browser by its user's machine: Chrome refuses sockets with an Origin too. */
  async #way ({ url = '', headers: { host = '', origin } }: IncomingMessage): Promise<Pick<ViewClientOptions, 'url' | 'level'> | number> {
    if (origin !== undefined || !isLocal(host) || this.#closed) return 403
    const { browser } = this.#options
    if (url === this.#path) return { url: this.#browserSocket, level: 'browser' }
    const page = /^\/devtools\/page\/([\dA-F]+)$/.exec(url)?.[1] ?? ''
    if (page !== '') await this.#territory.findTarget(page)
    return this.#territory.ownsTarget(page) ? { url: `ws://${browser}/devtools/page/${page}`, level: 'target' } : 404
  }

  #serve (socket: WebSocket, way: Pick<ViewClientOptions, 'url' | 'level'>): void {
    const client = this.#join(way, { send: text => { send(socket, text, client) }, close: () => socket.close() })
    const end = (): void => socket.terminate()
    this.#clients.add(end)
    socket.on('message', (data: Buffer) => {
      client.take(data.toString('utf8'))
      if (client.isSwamped(() => socket.resume())) socket.pause()
    })
    socket.once('close', () => {
      this.#clients.delete(end)
      client.close()
    })
  }

  #join (way: Pick<ViewClientOptions, 'url' | 'level'>, client: Client): ViewClient {
    return new ViewClient({ ...way, client, territory: this.#territory, holds: this.#options.targets.holds, end: () => setImmediate(() => this.hangUp()), expose: async (target, binding) => await this.#expose(target, binding) })
  }

  async #expose (target: string, binding: string): Promise<void> {
    const { control } = this.#options.targets
    const end = (): void => {
      this.#clients.delete(end)
      client.close()
    }
    const exposed = await expose(control, { target, binding, gone: end })
    const client = this.#join({ url: this.#browserSocket, level: 'browser' }, exposed.client)
    this.#clients.add(end)
    exposed.connect(text => client.take(text))
  }
}

/** The browser is not listened to while its client does not read. */
function send (socket: WebSocket, text: string, client: ViewClient): void {
  socket.send(text, () => { if (socket.bufferedAmount < mostUnread) client.pause(false) })
  if (socket.bufferedAmount > mostUnread) client.pause(true)
}

function pageOf ({ targetId, type, title, url }: TargetInfo, host: string): object {
  const path = `${host}/devtools/page/${targetId}`
  return { description: '', devtoolsFrontendUrl: `/devtools/inspector.html?ws=${path}`, id: targetId, title, type, url, webSocketDebuggerUrl: `ws://${path}` }
}

/** As Chrome judges it, against names of others that lead here (DNS rebinding). */
function isLocal (host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return name === 'localhost' || name.endsWith('.localhost') || /^\d+\.\d+\.\d+\.\d+$/.test(name) || /^\[[\da-f:.]+\]$/i.test(name)
}
