/** A browser that Playwright has launched, shared by sessions of Playwright's protocol: each has a server of Playwright's own, in front of a view. */
import type { PlaywrightLaunch } from '../../protocol/host-needs.js'
import type { LaunchedServer, PlaywrightLauncher } from '../launched-server.js'
import { blindLauncher, launchInView } from './fake-browser.js'
import type { View } from './view.js'
import { Watched } from './watched.js'

export interface PlaywrightSession {
  /** Of Playwright's WebSocket. */
  readonly endpoint: string
  readonly view: View
  /** Its contexts have gone, and its server. Rejects when that cannot be said. */
  close (): Promise<void>
}

export class PlaywrightBrowser {
  readonly #launcher: PlaywrightLauncher
  readonly #launch: PlaywrightLaunch
  readonly #browser: Watched
  readonly #launched: LaunchedServer

  private constructor (launcher: PlaywrightLauncher, about: { readonly launch: PlaywrightLaunch, readonly browser: Watched, readonly launched: LaunchedServer }) {
    this.#launcher = launcher
    this.#launch = about.launch
    this.#browser = about.browser
    this.#launched = about.launched
  }

  /** @param folder exists, and is for all that it writes */
  static async launch (launcher: PlaywrightLauncher, launch: PlaywrightLaunch, folder: string): Promise<PlaywrightBrowser> {
    const launched = await launcher.launch({ ...launch, folder, isShared: true })
    blindLauncher()
    return new PlaywrightBrowser(launcher, { launch, launched, browser: await Watched.watch(launched.debuggerAddress) })
  }

  /** Resolves when it has gone. */
  get gone (): Promise<void> {
    return Promise.race([this.#browser.gone, this.#launched.gone])
  }

  /** @param folder exists and is empty, for all that its client's server writes @param host where its view listens */
  async open (folder: string, host: string): Promise<PlaywrightSession> {
    const view = await this.#browser.view({ acceptsInsecureCerts: false, host })
    try {
      const { endpoint, close } = await launchInView(view, arg => this.#launcher.serve({ ...this.#launch, folder, arg }))
      return {
        endpoint,
        view,
        close: async () => {
          await view.close() // for the server its browser has crashed, and it goes
          await close()
        }
      }
    } catch (error) {
      await view.close()
      throw error
    }
  }
}
