/** The browser-level DevTools connection that watches a browser: when it closes the browser is gone, and a round trip proves it alive. */
import { WebSocket } from 'ws'
import type { DevToolsVersion } from '../protocol/remote-end.js'
import type { Address, Way } from '../runtime/runtime.js'
import { getJson } from './driver-client.js'
import type { Life } from './life.js'

export class DevTools implements Life, Way {
  /** Of the browser's own socket, such as `/devtools/browser/6f…`. */
  readonly path: string
  readonly address: Address
  /** `/json/version` repeats it, and its readers replace it there. */
  readonly host = 'localhost'
  /** What the browser says of itself. */
  readonly version: DevToolsVersion
  /** Resolves when the browser has gone. */
  readonly closed: Promise<void>
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, (alive: boolean) => void>()
  #calls = 0

  private constructor ({ address, path, version, socket }: Pick<DevTools, 'address' | 'path' | 'version'> & { readonly socket: WebSocket }) {
    this.address = address
    this.path = path
    this.version = version
    this.#socket = socket
    this.closed = new Promise(resolve => socket.once('close', () => resolve()))
    socket.once('close', () => this.#waiting.forEach(answered => answered(false)))
    socket.on('message', data => this.#answered(JSON.parse(String(data)) as { id?: number }))
  }

  /** Asks `/json/version` where the browser's socket is, and connects to it. */
  static async connect (address: Address, signal: AbortSignal): Promise<DevTools> {
    const { webSocketDebuggerUrl, ...version } = await getJson(address, '/json/version', signal) as DevToolsVersion
    const path = new URL(webSocketDebuggerUrl ?? '').pathname
    const socket = new WebSocket(`ws://${address.host}:${address.port}${path}`, { headers: { Host: 'localhost' }, perMessageDeflate: false })
    const devtools = new DevTools({ address, path, version, socket })
    await opened(socket, signal)
    return devtools
  }

  /** Whether the browser answers `Browser.getVersion` within the deadline (ms). Never rejects. */
  alive (deadline: number): Promise<boolean> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false)
    const id = ++this.#calls
    return new Promise(resolve => {
      const done = (alive: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        resolve(alive)
      }
      const timer = setTimeout(done, deadline, false)
      this.#waiting.set(id, done)
      this.#socket.send(JSON.stringify({ id, method: 'Browser.getVersion' }))
    })
  }

  close (): void {
    this.#socket.terminate()
  }

  #answered ({ id }: { id?: number }): void {
    if (id !== undefined) this.#waiting.get(id)?.(true)
  }
}

function opened (socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => socket.terminate()
    signal.addEventListener('abort', abort, { once: true })
    socket.once('open', () => { signal.removeEventListener('abort', abort); resolve() })
    socket.on('error', reject) // stays: a socket without a listener would end the process
    if (signal.aborted) abort()
  })
}
