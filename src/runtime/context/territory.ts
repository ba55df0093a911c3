/** What of a shared browser belongs to one session: contexts, and the targets and windows in them. */
import type { Sight } from '../../protocol/cdp-rules.js'
import type { Targets } from './targets.js'

export interface TerritoryOptions {
  /** The context that stands for the browser's default one; absent where it is made when somebody needs it. */
  readonly home?: string
  readonly makeHome: () => Promise<string>
  readonly acceptsInsecureCerts: boolean
}

export class Territory implements Sight {
  readonly acceptsInsecureCerts: boolean
  readonly #targets: Targets
  readonly #makeHome: () => Promise<string>
  #home: string
  #making: Promise<void> | undefined
  readonly #contexts: Set<string>
  /** Those that the browser's own list has not reached yet, too. */
  readonly #own = new Set<string>()
  readonly #windows = new Set<number>()

  constructor (targets: Targets, { home = '', makeHome, acceptsInsecureCerts }: TerritoryOptions) {
    this.#targets = targets
    this.#makeHome = makeHome
    this.#home = home
    this.acceptsInsecureCerts = acceptsInsecureCerts
    this.#contexts = new Set(home === '' ? [] : [home])
  }

  get home (): string {
    return this.#home
  }

  /** Makes the default context, where there is none yet. Rejects when the browser cannot; whoever needs it next tries again. */
  async settle (): Promise<void> {
    if (this.#home !== '') return
    this.#making ??= this.#makeHome().then(home => {
      this.#home = home
      this.#contexts.add(home)
    }).finally(() => { this.#making = undefined })
    await this.#making
  }

  get contexts (): ReadonlySet<string> {
    return this.#contexts
  }

  /** Nothing is being made any more. Never rejects. */
  async rest (): Promise<void> {
    await this.#making?.catch(() => {})
  }

  knowsTarget (id: string): boolean {
    return this.#own.has(id) || this.#targets.known(id) !== undefined
  }

  ownsTarget (id: string): boolean {
    return this.#own.has(id) || this.#isIn(this.#targets.known(id)?.browserContextId)
  }

  ownsWindow (id: number): boolean {
    return this.#windows.has(id)
  }

  addContext (id: string): void {
    this.#contexts.add(id)
  }

  dropContext (id: string): void {
    this.#contexts.delete(id)
  }

  addTarget (id: string): void {
    this.#own.add(id)
  }

  addWindow (id: number): void {
    this.#windows.add(id)
  }

  async findTarget (id: string): Promise<void> {
    if (!this.knowsTarget(id) && this.#isIn(await this.#targets.contextOf(id))) this.#own.add(id)
  }

  /** Looks which windows its pages have by now. */
  async findWindow (id: number): Promise<void> {
    if (this.#windows.has(id)) return
    const pages = this.#targets.pagesOf(this.#contexts)
    await Promise.all(pages.map(async ({ targetId }) => {
      const { windowId } = await this.#targets.control.call('Browser.getWindowForTarget', { targetId })
      this.#windows.add(Number(windowId))
    }).map(asked => asked.catch(() => {}))) // a page that has gone has no window
  }

  #isIn (context: string | undefined): boolean {
    return context !== undefined && this.#contexts.has(context)
  }
}
