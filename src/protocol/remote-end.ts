/** The contract that everything nests by: an agent, an agent elsewhere and a router of agents all are a remote end. */
import type { Socket } from 'node:net'
import type { Capabilities } from './capabilities.js'
import type { Isolation } from './context.js'
import type { UploadedFile } from './files.js'
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
  /** A live session. @throws WebDriverError `invalid session id`, with why it ended */
  session (id: SessionId): Session
  /** What is believed of the agents: at hand, and for those elsewhere a moment old. */
  status (): Status
  /** What the agents themselves say of their slots, now. One that does not answer in time has none. */
  slots (): Promise<readonly AgentSlots[]>
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
  /** A WebDriver client may take it over by New Session on its own URL, once. */
  readonly claimable?: boolean
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
  /** What is replaced between it and the next; absent in the word of agents of older versions. */
  readonly isolation?: Isolation
  /** Why it is not what was asked for, or what sessions are here. */
  readonly isolationReason?: string
  /** It ends with the socket that brought it. */
  readonly bound: boolean
  /** A WebDriver client may take it over by New Session on its own URL, once. */
  readonly claimable: boolean
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
  | 'host out of memory' // its machine had no memory left
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
  /**
   * `browser` (a driver or DevTools): Host becomes `localhost` and Origin is dropped, as Chrome demands. `control`: both are kept.
   * `agent` (on another host): Host is kept, who asks is said, and what he has shown for it stays here.
   */
  readonly kind: 'browser' | 'control' | 'agent'
  /** What Host becomes for a driver or a browser that takes no other one; `localhost` when absent. */
  readonly host?: string
  /** Puts a file where the browser can read it; resolves with its path there. Absent where the driver takes uploads itself. */
  readonly receive?: (file: UploadedFile) => Promise<string>
  /** How to get there, where a plain connection to the address would not do. */
  readonly connect?: () => Socket
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
  /** What people call it. */
  readonly name: string
  readonly version: string
  readonly host: HostInfo
  readonly availability: 'UP' | 'DRAINING' | 'DOWN'
  /** Most sessions at once. */
  readonly capacity: number
  /** Its share of sessions beside others', by round-robin. */
  readonly weight: number
  readonly leased: number
  /** Slots by their state. */
  readonly states: Readonly<Record<SlotState, number>>
  /** Browsers that are open and nobody's, by their profile's key. */
  readonly warm: Readonly<Record<string, number>>
  /** Parts of the host that are in use, 0 to 1. */
  readonly cpu: number
  readonly memory: number
  /** Idle timeout of a session that does not ask for its own, in milliseconds. */
  readonly sessionTimeout: number
  readonly browsers: readonly BrowserOffer[]
  /** What browsers that have been open here say of themselves (`/json/version`), by their version. */
  readonly devtools: Readonly<Record<string, DevToolsVersion>>
  readonly tally: Tally
  /** Why the last launch failed, while launches keep failing; or why it is not to be had. */
  readonly failure?: string
  /** Where it is, as seen from here; absent for one in this process. */
  readonly address?: string
  /** How old all this is, in milliseconds; absent for one in this process. */
  readonly age?: number
}

export interface HostInfo {
  /** As Docker names it, such as `amd64`. */
  readonly arch: string
  /** Such as `Linux`. */
  readonly name: string
  /** Of the kernel. */
  readonly version: string
}

/** What has happened at an agent since its start. */
export interface Tally {
  /** Places made: drivers started, or containers. */
  readonly created: number
  /** Slots that were cleaned and made ready again. */
  readonly reused: number
  readonly hits: number
  readonly misses: number
  /** From request to open session, summed over all; in milliseconds. */
  readonly startup: number
}

/** An agent's slots. */
export interface AgentSlots {
  /** The agent's id. */
  readonly agent: string
  readonly slots: readonly SlotStatus[]
}

/** A browser of itself, without its own address: `Browser`, `Protocol-Version`, `User-Agent`, `V8-Version`, `WebKit-Version`. */
export type DevToolsVersion = Readonly<Record<string, string>>

/** A browser that can be had. */
export interface BrowserOffer {
  readonly browserName: string
  readonly browserVersion: string
  /** Another name for the version, such as browsers.json's. */
  readonly label?: string
  /** Whether it is the one of its name for clients that ask for no version, although there are newer ones. */
  readonly preferred?: boolean
  readonly platformName: string
  /** Major and minor of the Playwright that serves it, such as `1.65`; absent where a WebDriver driver does. */
  readonly playwright?: string
  /** Whether its windows are on a display, which VNC shows. */
  readonly display?: boolean
  /** Whether a place can be made as a session wishes. */
  readonly wishable?: boolean
  /** As it is to be made; absent for one like all others. */
  readonly place?: PlaceWishes
  /** What sessions of it may be, what they are without a wish first. Absent: only the one thing that its agent has. */
  readonly isolations?: readonly Isolation[]
  /** It is a context in a browser of this user's; absent for a browser of its own. */
  readonly context?: { readonly user: string }
  /** What a session may ask its host to be, such as `{ region: 'eu' }`. */
  readonly labels?: Readonly<Record<string, string>>
}

/** An offer without what its machine adds to it, as it is told to others. */
export function offerOf ({ browserName, browserVersion, platformName, label, preferred, playwright, display, wishable, labels, isolations }: BrowserOffer): BrowserOffer {
  return {
    browserName,
    browserVersion,
    platformName,
    ...label === undefined ? {} : { label },
    ...preferred === undefined ? {} : { preferred },
    ...playwright === undefined ? {} : { playwright },
    ...display === undefined ? {} : { display },
    ...wishable === undefined ? {} : { wishable },
    ...labels === undefined ? {} : { labels },
    ...isolations === undefined ? {} : { isolations }
  }
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
