/** A live session: its doors, and the clocks that end it. Idle means no request in flight and no socket open. */
import { driverTakesFiles } from '../protocol/files.js'
import type { Door, EndReason, Session, Upstream } from '../protocol/remote-end.js'
import type { Clock } from './clock.js'
import type { Way } from '../runtime/runtime.js'
import type { Slot } from './slot.js'

/** Times in milliseconds; 0 is without end. */
export interface SessionLimits {
  readonly idle: number
  readonly lifetime: number
  /** Of its container, in MB. */
  readonly memory?: number
  /** Of its container, in cores. */
  readonly cpu?: number
}

export interface LiveSessionOptions {
  readonly session: Session
  readonly slot: Slot
  readonly limits: SessionLimits
  readonly clock: Clock
  /** Called once, when a limit is reached. */
  readonly expired: (reason: EndReason) => void
}

export class LiveSession {
  readonly session: Session
  readonly slot: Slot
  readonly limits: SessionLimits
  /** Resolves when it has ended. */
  readonly over: Promise<void>
  readonly #clock: Clock
  readonly #expired: (reason: EndReason) => void
  readonly #doors: Partial<Record<Door, Upstream>>
  readonly #timers = new Set<() => void>()
  #quiet: (() => void)[] = []
  #ended: () => void = () => {}
  #open = 0
  #used = false
  #lastUsed: number

  constructor ({ session, slot, limits, clock, expired }: LiveSessionOptions) {
    this.session = session
    this.slot = slot
    this.limits = limits
    this.#clock = clock
    this.#expired = expired
    this.over = new Promise(resolve => { this.#ended = resolve })
    this.#lastUsed = clock.now()
    this.#doors = this.#openDoors()
    if (limits.idle > 0) this.#watchIdleness(limits.idle)
    if (limits.lifetime > 0) this.#timers.add(clock.after(limits.lifetime, () => expired('lifetime')))
  }

  /** Undefined for a door that this session's browser does not have. */
  door (door: Door): Upstream | undefined {
    return this.#doors[door]
  }

  /** Whether anything has gone through it yet. */
  get used (): boolean {
    return this.#used
  }

  /** Resolves when no request is in flight and no socket is open, or after the deadline (ms), if there is one. */
  quiet (deadline?: number): Promise<void> {
    if (this.#open === 0) return Promise.resolve()
    return new Promise(resolve => {
      const cancel = deadline === undefined ? () => {} : this.#clock.after(deadline, resolve)
      this.#quiet.push(() => { cancel(); resolve() })
    })
  }

  /** It has ended: stops the clocks. */
  close (): void {
    this.#ended()
    this.#timers.forEach(cancel => cancel())
    this.#timers.clear()
  }

  #watchIdleness (idle: number): void {
    const check = (wait: number): void => {
      const cancel = this.#clock.after(wait, () => {
        this.#timers.delete(cancel)
        if (this.#open > 0) return check(idle)
        const left = this.#lastUsed + idle - this.#clock.now()
        if (left > 0) check(left)
        else this.#expired('idle')
      })
      this.#timers.add(cancel)
    }
    check(idle)
  }

  #openDoors (): Partial<Record<Door, Upstream>> {
    const { browser } = this.slot
    if (browser === undefined) throw new Error(`slot ${this.slot.id} has no browser to lease`)
    return Object.fromEntries(Object.entries(browser.doors).map(([door, way]) => [door, this.#upstream(way)]))
  }

  #upstream ({ address, path, host }: Way): Upstream {
    const { place, offer: { browserName } } = this.slot
    const receive = driverTakesFiles(browserName) ? undefined : place?.receive?.bind(place)
    return {
      authority: `${address.host}:${address.port}`,
      address: { host: address.host, port: address.port },
      base: path,
      user: this.session.user,
      kind: 'browser',
      host,
      ...receive === undefined ? {} : { receive },
      enter: () => {
        this.#open++
        this.#used = true
      },
      leave: () => { this.#left() }
    }
  }

  #left (): void {
    this.#lastUsed = this.#clock.now()
    if (--this.#open > 0 || this.#quiet.length === 0) return
    const waiting = this.#quiet
    this.#quiet = []
    waiting.forEach(resolve => resolve())
  }
}

/** Why a session may have no such door. */
export const whyNoDoor: Readonly<Record<Door, string>> = {
  webdriver: 'no WebDriver driver opened it',
  bidi: 'it was not asked for with the capability webSocketUrl: true',
  cdp: 'its browser has none',
  playwright: 'Playwright did not open it; connectOverCDP works',
  vnc: 'its browser has no display; one of an image with VNC does, such as tggrid/chrome-headful'
}

/** What a late command is told. */
export function describeEnd (reason: EndReason, limits: SessionLimits): string {
  switch (reason) {
    case 'deleted': return 'its client deleted it'
    case 'windows closed': return 'its last window was closed'
    case 'client gone': return 'its client hung up before it had the answer'
    case 'socket closed': return 'the socket that it belonged to was closed'
    case 'idle': return `idle for ${limits.idle / 1000} s`
    case 'lifetime': return `open for ${limits.lifetime / 1000} s, the longest that sessions may be`
    case 'browser died': return 'its browser crashed or exited'
    case 'driver died': return 'its driver crashed'
    case 'out of memory': return `its browser needed more memory than ${limits.memory ?? 'its machine has'}${limits.memory === undefined ? '' : ' MB, the limit of its container (container.memory)'}`
    case 'host out of memory': return 'its machine had no memory left, and the system ended its browser'
    case 'drained': return 'the grid was stopped'
  }
}
