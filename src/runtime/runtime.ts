/** How a slot comes to life: where its driver and browser run, and how all that is undone. `process` is one runtime, `docker` another. */
import type { Capabilities } from '../protocol/capabilities.js'
import type { UploadedFile } from '../protocol/files.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'

export interface Runtime {
  /** What can be started here. Never empty. */
  readonly offers: readonly BrowserOffer[]
  /** Starts a driver, without a browser. Rejects with why it did not come up, and leaves nothing behind then. */
  start (offer: BrowserOffer, signal: AbortSignal): Promise<Place>
  /** What an earlier life of this agent has left running, with what it had told each place of its session; everything else of it is removed. */
  leftovers? (): Promise<LeftPlace[]>
  /** @param again called when places can be started again after a time in which none could be. Absent where that cannot be told. */
  whenBack? (again: () => void): void
  /** Ends every place, and what the runtime itself has made. */
  close (): Promise<void>
  /** The same for a process that is about to exit: returns at once, what it takes is done by others. Absent where places end with us. */
  kill? (): void
}

export interface LeftPlace {
  readonly place: Place
  readonly offer: BrowserOffer
  /** As it was given to `occupy`, or to `note`. */
  readonly record: string
}

/** Where a slot's driver and browser are: a container, or a process group with a folder. */
export interface Place {
  /** Unique on this machine; names the place in logs. */
  readonly id: string
  /** The driver's WebDriver, whose paths may begin with something such as `/wd/hub`. A wipe that replaces the driver may change it. */
  readonly driver: Way
  /** Where a VNC client sees its display; absent where there is none. */
  readonly display?: Address
  /** What the browser needs on this host, to be merged into what the client asks for. */
  readonly needs: HostNeeds
  /** Whether the driver outlives a wipe, and has to be told that its session is over. */
  readonly keepsDriver: boolean
  /** What it may use at most; absent for local processes. */
  readonly limits?: PlaceLimits
  /** Resolves when the place has gone without having been told to. */
  readonly died: Promise<Death>
  /** Resolves when it is known whether more than the browser has gone. Absent where a browser's end has no further reason. */
  verdict? (): Promise<void>
  /**
   * What has to be known before something can be opened here: a place in a shared browser finds its browser. Absent where nothing has.
   * @param capabilities that are going to be asked for, without the host's needs
   */
  prepare? (capabilities: Capabilities, signal: AbortSignal): Promise<void>
  /** Where an address that the browser names (`goog:chromeOptions.debuggerAddress`) is to be reached from here; undefined where nothing leads there. */
  reach (address: Address): Promise<Address | undefined>
  /**
   * Whether driver and browser run, and nothing has ended or stopped them, at this moment. Absent where their processes cannot be seen.
   * @param browser its process, as the driver names it
   */
  runs? (browser: number): boolean
  /** Puts a file where the browser can read it, until the next wipe; resolves with its path there. Absent where only the driver could. */
  receive? (file: UploadedFile): Promise<string>
  /** Somebody has it from now on. Returns at once. */
  occupy (tenancy: Tenancy): void
  /** What a restarted agent has to know of it, asked for a moment later. Returns at once. Absent where the place ends with its agent. */
  note? (record: () => string): void
  /** Ends the browser and removes all that it wrote. Rejects when anything is left. Absent where nobody could: it serves one session. */
  wipe? (): Promise<void>
  /** Ends and removes everything. Never rejects. */
  destroy (): Promise<void>
}

export interface Death {
  readonly cause: 'ended' | 'out of memory' | 'host out of memory'
  /** For people. */
  readonly why: string
}

export interface PlaceLimits {
  /** In MB. */
  readonly memory?: number
  /** In cores. */
  readonly cpu?: number
}

/** What a place is told when its session begins; limits of its own replace the place's. */
export interface Tenancy extends PlaceLimits {
  /** Writes what a restarted agent has to know of the session; kept where the place outlives its agent. */
  readonly record: () => string
}

/** Where somebody listens for requests, seen from here. */
export interface Way {
  readonly address: Address
  /** What paths begin with there; of a session's door, what replaces the part of a path that names the session. */
  readonly path: string
  /** The Host header: browsers and drivers refuse what is neither an address nor localhost, geckodriver also any port but its own. */
  readonly host: string
}

export interface Address {
  readonly host: string
  readonly port: number
}
