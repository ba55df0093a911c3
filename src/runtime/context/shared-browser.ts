/** A browser that several sessions share, launched by a driver that then attaches to a view of it for each of them. */
import type { Capabilities } from '../../protocol/capabilities.js'
import { contextParts, isHeadless, type ContextParts } from '../../protocol/context.js'
import { endOf, standIn } from './stand-in.js'
import type { View } from './view.js'
import { Watched } from './watched.js'

/** The driver's HTTP, as far as sessions are made and ended by it. */
export interface Driver {
  newSession (capabilities: Capabilities): Promise<OpenedSession>
  /** Of one that is over already, too. */
  deleteSession (id: string): Promise<void>
}

export interface OpenedSession {
  readonly sessionId: string
  readonly capabilities: Capabilities
}

export interface ContextSession extends OpenedSession {
  readonly view: View
  /** Its context has gone, and its driver's session. Rejects when that cannot be said. */
  close (): Promise<void>
}

/** A context with its first window, which is nobody's yet. */
interface Prepared {
  readonly context: string
  readonly view: View
}

type Wishes = Pick<ContextParts, 'proxy' | 'size'>

/** How long a session that has just begun has the processor to itself before a context is made for the next one, in milliseconds. */
const beginning = 300

interface Bounds {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

export class SharedBrowser {
  readonly #driver: Driver
  readonly #browser: Watched
  readonly #launched: Capabilities
  /** Where a browser's first window is. */
  readonly #bounds: Bounds
  /** Made beforehand, for whoever comes next and has no wish that a context has to be made with. */
  #spare: Promise<Prepared> | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor (driver: Driver, about: { readonly browser: Watched, readonly launched: Capabilities, readonly bounds: Bounds }) {
    this.#driver = driver
    this.#browser = about.browser
    this.#launched = about.launched
    this.#bounds = about.bounds
  }

  /** @param capabilities of its first session; what shapes a browser of them is for all */
  static async launch (driver: Driver, capabilities: Capabilities): Promise<SharedBrowser> {
    const { browser: wanted } = contextParts(capabilities)
    const { capabilities: launched } = await driver.newSession(wanted)
    const { debuggerAddress } = launched['goog:chromeOptions'] as { debuggerAddress: string }
    const browser = await Watched.watch(debuggerAddress, !isHeadless(wanted))
    const [first] = browser.targets.pages
    const { bounds } = await browser.targets.control.call('Browser.getWindowForTarget', { targetId: first?.targetId ?? '' })
    return new SharedBrowser(driver, { browser, launched, bounds: bounds as Bounds })
  }

  /** Resolves when it has gone. */
  get gone (): Promise<void> {
    return this.#browser.gone
  }

  /**
   * A session that is a context of its own, with one window.
   *
   * @param downloads a folder of its own
   * @param host where its view listens
   */
  async open (capabilities: Capabilities, { downloads, host }: { readonly downloads: string, readonly host: string }): Promise<ContextSession> {
    const { session, proxy, size } = contextParts(capabilities)
    const { context, view } = await this.#take({ proxy, size }, host)
    try {
      await this.#browser.targets.control.call('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads, browserContextId: context })
      return await this.#attach(view, session)
    } catch (error) {
      await view.close()
      throw error
    }
  }

  async #take (wishes: Wishes, host: string): Promise<Prepared> {
    const spare = Object.keys(wishes.proxy).length === 0 && wishes.size === undefined ? this.#spare : undefined
    if (spare !== undefined) this.#spare = undefined
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { this.#spare ??= this.#spareOne(host) }, beginning).unref()
    return await (spare ?? this.#prepare(wishes, host))
  }

  /** One that cannot be made is not missed before somebody wants it, and then he hears why. */
  #spareOne (host: string): Promise<Prepared> {
    const spare = this.#prepare({ proxy: {}, size: undefined }, host)
    spare.catch(() => {})
    return spare
  }

  async #prepare ({ proxy, size }: Wishes, host: string): Promise<Prepared> {
    const { control } = this.#browser.targets
    const context = await this.#browser.makeContext(proxy)
    const view = await this.#browser.view({ home: context, acceptsInsecureCerts: this.#launched['acceptInsecureCerts'] === true, host })
    try {
      const { left, top, width, height } = this.#bounds
      await Promise.all([
        // A driver that launches a browser lets all pages know where it is.
        control.call('Browser.setPermission', { permission: { name: 'geolocation' }, setting: 'granted', browserContextId: context }),
        control.call('Target.createTarget', { url: 'data:,', browserContextId: context, newWindow: true, left, top, width, height, ...size })
      ])
      return { context, view }
    } catch (error) {
      await view.close()
      throw error
    }
  }

  async #attach (view: View, session: Capabilities): Promise<ContextSession> {
    const options = session['goog:chromeOptions'] as { readonly mobileEmulation?: unknown }
    const asBrowser = options.mobileEmulation !== undefined
    const way = asBrowser ? standIn(view.port) : { debuggerAddress: `127.0.0.1:${view.port}` }
    const { sessionId, capabilities } = await this.#driver.newSession({ ...session, 'goog:chromeOptions': { ...options, ...way } })
    if (asBrowser) view.whenHungUp(endOf(capabilities))
    return {
      sessionId,
      capabilities: this.#asLaunched(capabilities, view.port),
      view,
      close: async () => {
        // Commands in flight end with their connection, so that the driver is free to end its session.
        view.hangUp()
        await Promise.all([view.close(), this.#driver.deleteSession(sessionId)])
      }
    }
  }

  /** What an attached driver leaves out or does not know of a browser that it launched itself. */
  #asLaunched (attached: Capabilities, port: number): Capabilities {
    const options = { ...attached['goog:chromeOptions'] as object, debuggerAddress: `localhost:${port}` }
    const { chrome, platformName, setWindowRect, 'goog:processID': pid } = this.#launched
    return { ...this.#launched, ...attached, chrome, platformName, setWindowRect, 'goog:processID': pid, 'goog:chromeOptions': options }
  }
}
