/** How a slot comes to life: where its driver and browser run, and how all that is undone. `process` is one runtime, `docker` another. */
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'

export interface Runtime {
  /** What can be started here. Never empty. */
  readonly offers: readonly BrowserOffer[]
  /** Starts a driver, without a browser. Rejects with why it did not come up, and leaves nothing behind then. */
  start (offer: BrowserOffer, signal: AbortSignal): Promise<Place>
  /** Ends every place, and what the runtime itself has made. */
  close (): Promise<void>
}

/** Where a slot's driver and browser are: a container, or a process group with a folder. */
export interface Place {
  /** Unique on this machine; names the place in logs. */
  readonly id: string
  /** The driver's WebDriver address. */
  readonly driver: Address
  /** What the browser needs on this host, to be merged into what the client asks for. */
  readonly needs: HostNeeds
  /** Resolves with why, when the place has gone without having been told to. */
  readonly died: Promise<string>
  /** Where an address that the browser names (`goog:chromeOptions.debuggerAddress`) is to be reached from here. */
  reach (address: Address): Address
  /** Ends the browser and removes all that it wrote; the driver goes on. Rejects when anything is left. */
  wipe (): Promise<void>
  /** Ends and removes everything. Never rejects. */
  destroy (): Promise<void>
}

export interface Address {
  readonly host: string
  readonly port: number
}
