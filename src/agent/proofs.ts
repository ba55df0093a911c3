/**
 * That a browser lives is proven before it is handed out: it answers. Since that takes a browser that rests two milliseconds, it is asked ahead:
 * while a client is still sending its request, or, where the kernel can say that its process runs, now and then.
 */
import type { Clock } from './clock.js'
import type { OpenBrowser } from './open-browser.js'
import type { Slot } from './slot.js'

export interface ProofsOptions {
  readonly clock: Clock
  /** What could be handed out, in the order in which it will be. */
  readonly warm: () => readonly Slot[]
  /** A browser that nobody has yet does not answer. */
  readonly hangs: (slot: Slot) => void
}

interface Proof {
  readonly askedAt: number
  /** Never rejects. */
  readonly alive: Promise<boolean>
}

/** How long a browser may take to answer, in milliseconds. */
const deadline = 1000
/** An answer that was asked for so long ago (ms) counts: about as long as a request takes to be read. */
const fresh = 20
/** The same where the kernel says that the process runs: it may hang. */
const freshIfRunning = 1500
/** So often the browsers that are handed out next are asked where the kernel is, in milliseconds. */
const interval = 1000

export class Proofs {
  readonly #options: ProofsOptions
  readonly #proofs = new WeakMap<OpenBrowser, Proof>()
  /** Of the browser that was handed out last. */
  #lastKey: string | undefined
  #cancel: () => void = () => {}

  constructor (options: ProofsOptions) {
    this.#options = options
    this.#askLater()
  }

  close (): void {
    this.#cancel()
  }

  /** It has just been opened, and said so. */
  opened ({ browser }: Slot): void {
    if (browser?.runs !== undefined) this.#proofs.set(browser, { askedAt: this.#options.clock.now(), alive: Promise.resolve(true) })
  }

  /** Whether the browser lives that is about to be handed out. */
  async take ({ browser }: Slot): Promise<boolean> {
    if (browser === undefined) return false
    this.#lastKey = browser.profile.key
    const counts = this.#age(browser) < lasting(browser) && runs(browser)
    if (counts) return await (this.#proofs.get(browser)?.alive ?? false)
    return await this.#ask(browser) && runs(browser) // it may answer although its driver has been killed
  }

  /** A client has come: the browser that he gets if he wants what the last one wanted answers in the meantime. */
  foresee (): void {
    const warm = this.#options.warm()
    const key = this.#lastKey ?? warm[0]?.browser?.profile.key
    const browser = warm.find(({ browser }) => browser?.profile.key === key)?.browser
    if (browser !== undefined && this.#age(browser) >= lasting(browser)) void this.#ask(browser)
  }

  /** Asks the browsers that are next, one of each profile. */
  askNext (): void {
    const keys = new Set<string>()
    for (const slot of this.#options.warm()) {
      const { browser } = slot
      if (browser?.runs === undefined || keys.has(browser.profile.key)) continue
      keys.add(browser.profile.key)
      void this.#ask(browser).then(alive => { if (!alive && slot.browser === browser) this.#options.hangs(slot) })
    }
  }

  #askLater (): void {
    this.#cancel = this.#options.clock.after(interval, () => {
      this.askNext()
      this.#askLater()
    })
  }

  /** Of the last answer, in milliseconds since it was asked for. */
  #age (browser: OpenBrowser): number {
    return this.#options.clock.now() - (this.#proofs.get(browser)?.askedAt ?? -Infinity)
  }

  #ask (browser: OpenBrowser): Promise<boolean> {
    const alive = browser.life?.alive(deadline) ?? Promise.resolve(true)
    this.#proofs.set(browser, { askedAt: this.#options.clock.now(), alive })
    return alive
  }
}

function runs (browser: OpenBrowser): boolean {
  return browser.runs?.() !== false
}

/** How long an answer of this browser counts, in milliseconds since it was asked for. */
function lasting ({ runs }: OpenBrowser): number {
  return runs === undefined ? fresh : freshIfRunning
}
