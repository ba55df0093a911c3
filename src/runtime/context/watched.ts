/** A browser that is shared, seen from outside: its targets, and views of it. */
import { Targets } from './targets.js'
import type { TerritoryOptions } from './territory.js'
import { View } from './view.js'

export interface ViewWishes extends Omit<TerritoryOptions, 'makeHome'> {
  /** Where the view listens. */
  readonly host: string
}

export class Watched {
  readonly targets: Targets
  readonly #address: string
  /** Of the browser's own socket. */
  readonly #path: string
  /** What it says of itself, without its address. */
  readonly #version: Readonly<Record<string, string>>

  private constructor (targets: Targets, about: { readonly address: string, readonly path: string, readonly version: Readonly<Record<string, string>> }) {
    this.targets = targets
    this.#address = about.address
    this.#path = about.path
    this.#version = about.version
  }

  /** @param debuggerAddress of its DevTools, `host:port` @param onDisplay its windows are on one */
  static async watch (debuggerAddress: string, onDisplay = false): Promise<Watched> {
    const address = debuggerAddress.replace('localhost', '127.0.0.1')
    const { webSocketDebuggerUrl = '', ...version } = await (await fetch(`http://${address}/json/version`)).json() as Record<string, string>
    return new Watched(await Targets.watch(webSocketDebuggerUrl, onDisplay), { address, path: new URL(webSocketDebuggerUrl).pathname, version })
  }

  /** Resolves when it has gone. */
  get gone (): Promise<void> {
    return this.targets.control.closed
  }

  /** A context for a session. @param wishes further parameters of CDP `Target.createBrowserContext` */
  async makeContext (wishes: object = {}): Promise<string> {
    const { browserContextId } = await this.targets.control.call('Target.createBrowserContext', { disposeOnDetach: true, ...wishes })
    return String(browserContextId)
  }

  async view (wishes: ViewWishes): Promise<View> {
    return await View.open({ targets: this.targets, browser: this.#address, browserPath: this.#path, version: this.#version, makeHome: () => this.makeContext(), ...wishes })
  }
}
