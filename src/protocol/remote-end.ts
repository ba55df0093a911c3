/** The contract that everything nests by: an agent, an agent elsewhere and a router of agents all are a remote end. */
import type { Capabilities } from './capabilities.js'
import type { PlaceWishes } from './place-wishes.js'
import type { SessionId } from './session-id.js'

/** What a client can ask for a session (W3C WebDriver, §5.2 "remote end"). */
export interface RemoteEnd {
  /** @throws WebDriverError `session not created` when nothing matches, or when the request's signal ends the wait */
  newSession (request: SessionRequest): Promise<Session>
  /** Ends the session, whoever asks and why; the reason is told to late commands. Unknown ids are `invalid session id`. */
  endSession (id: SessionId, reason: EndReason): Promise<void>
  /** Where the bytes of a live session go. Synchronous: every command passes here. @throws WebDriverError `invalid session id` */
  locate (id: SessionId, door: Door): Upstream
  status (): Status
}

/** One of a session's sockets: its driver's HTTP, its WebDriver BiDi socket, its browser's DevTools, Playwright's own server, its display. */
export type Door = 'webdriver' | 'bidi' | 'cdp' | 'playwright' | 'vnc'

/** One client's wish for a session. */
export interface SessionRequest {
  /** What would do, best first: `alwaysMatch` merged with each `firstMatch` (W3C WebDriver, §7.2). Never empty. */
  readonly candidates: readonly Capabilities[]
  /** Who asks; the queue is fair between users, and only this user reaches the session. Empty when nobody has to log in. */
  readonly user: string
  /** When the request arrived: milliseconds since the epoch, with fractions. */
  readonly askedAt: number
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal
  /** It ends with the socket that asks for it. */
  readonly bound?: boolean
  /** Answer at once when nothing is free, instead of queueing (Selenoid's `X-Selenoid-No-Wait`). */
  readonly noWait?: boolean
}

/** One client's lease of one slot. */
export interface Session {
  readonly id: SessionId
  readonly user: string
  /** The driver's own answer, unchanged. */
  readonly capabilities: Capabilities
  /** By which it can be driven, all at the same time. */
  readonly doors: readonly Door[]
  readonly browserName: string
  readonly browserVersion: string
  /** Whether the session was open before it was asked for. */
  readonly poolHit: boolean
  /** From the request's arrival to the open session, queueing included; in milliseconds. */
  readonly startupTime: number
  readonly createdAt: Date
  /** It ends with the socket that brought it. */
  readonly bound: boolean
}

/** Why a session ended. `describeEnd` in agent/session.ts says it to people. */
export type EndReason =
  | 'deleted'            // the client's DELETE, or the API's
  | 'windows closed'     // the last window was closed, which ends a session (W3C WebDriver, §11.2)
  | 'client gone'        // hung up before it had its answer
  | 'socket closed'      // a session that lives as long as the socket that brought it
  | 'idle'               // no request in flight and no socket open for the idle timeout
  | 'lifetime'           // open for longer than sessions may be
  | 'browser died'
  | 'driver died'
  | 'out of memory'      // its browser needed more than its container may have
  | 'drained'            // the agent stopped, and its grace period is over

/** Where bytes go: an address, and how the head is rewritten on the way there. One object for as long as a session lives. */
export interface Upstream {
  /** Under which idle connections are kept: `host:port`, or a socket's path. */
  readonly authority: string
  /** `{ host, port }`, or `{ path }` of a Unix socket: what `net.connect` takes. */
  readonly address: { readonly host: string, readonly port: number } | { readonly path: string }
  /** Replaces the part of the request's path that ends with the session id, such as `/session/<driver's id>`. */
  readonly base: string
  /** Who may use it; compared with the client's user. */
  readonly user: string
  /** What Host becomes for a driver or a browser, which would refuse the client's, and its Origin. Undefined for the control plane: both are kept. */
  readonly host: string | undefined
  /** A request or a socket begins. A session with one open is not idle. */
  enter (): void
  /** It is over, whichever way; called exactly once for each `enter`. */
  leave (): void
}

/** What a remote end believes about itself, for `/status`, metrics and people. */
export interface Status {
  readonly ready: boolean
  readonly message: string
  readonly agents: readonly AgentStatus[]
  readonly queue: readonly QueuedRequest[]
}

export interface QueuedRequest {
  readonly id: string
  readonly user: string
  readonly candidates: readonly Capabilities[]
  readonly since: Date
}

export interface AgentStatus {
  /** 8 hex digits. */
  readonly id: string
  readonly availability: 'UP' | 'DRAINING' | 'DOWN'
  /** Most sessions at once. */
  readonly capacity: number
  readonly leased: number
  /** Idle timeout of a session that does not ask for its own, in milliseconds. */
  readonly sessionTimeout: number
  readonly browsers: readonly BrowserOffer[]
  /** What browsers that have been open here say of themselves (`/json/version`), by their version. */
  readonly devtools: Readonly<Record<string, DevToolsVersion>>
  readonly slots: readonly SlotStatus[]
  /** Why the last launch failed, while launches keep failing. */
  readonly failure?: string
}

/** A browser of itself, without its own address: `Browser`, `Protocol-Version`, `User-Agent`, `V8-Version`, `WebKit-Version`. */
export type DevToolsVersion = Readonly<Record<string, string>>

/** A browser that can be had. */
export interface BrowserOffer {
  readonly browserName: string
  readonly browserVersion: string
  /** Another name for the version, such as browsers.json's. */
  readonly label?: string
  readonly platformName: string
  /** Major and minor of the Playwright that serves it, such as `1.65`; absent where a WebDriver driver does. */
  readonly playwright?: string
  /** Whether its windows are on a display, which VNC shows. */
  readonly display?: boolean
  /** Whether a place can be made as a session wishes. */
  readonly wishable?: boolean
  /** As it is to be made; absent for one like all others. */
  readonly place?: PlaceWishes
}

/** An offer without what its machine adds to it, as it is told to others. */
export function offerOf ({ browserName, browserVersion, platformName, playwright }: BrowserOffer): BrowserOffer {
  return { browserName, browserVersion, platformName, ...playwright === undefined ? {} : { playwright } }
}

/** The one state that a slot is in. The table of allowed moves is in agent/slot.ts. */
export type SlotState = 'starting' | 'blank' | 'warm' | 'leased' | 'recycling' | 'dead'

export interface SlotStatus {
  readonly id: string
  readonly state: SlotState
  readonly browser: BrowserOffer
  /** The profile that a warm slot has open, in canonical form; null while there is none. */
  readonly profile: string | null
  readonly session: Session | null
  /** When this slot was last leased. */
  readonly lastStarted: Date | null
}
