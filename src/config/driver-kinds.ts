/** Which driver opens which browser, which versions go together, and how a missing driver is to be had. */
import { major } from './versions.js'

export interface DriverKind {
  readonly name: 'chromedriver' | 'geckodriver'
  /** It listens on a port that it picks itself, and says little else. */
  readonly args: readonly string[]
  /** Whether driver and browser have to be of one major version. */
  readonly sameMajor: boolean
  /** @param version of the browser */
  readonly install: (version: string) => string
}

const chromedriver: DriverKind = {
  name: 'chromedriver',
  args: ['--port=0', '--log-level=SEVERE'],
  sameMajor: true,
  install: version => `install version ${major(version)} (on Debian: apt-get install chromium-driver)`
}

const geckodriver: DriverKind = {
  name: 'geckodriver',
  args: ['--port=0', '--websocket-port=0'],
  sameMajor: false,
  install: () => 'install one (from Mozilla\'s releases, or cargo install geckodriver)'
}

export function driverKindOf (browserName: string): DriverKind {
  return browserName === 'firefox' ? geckodriver : chromedriver
}

/** Whether a driver of one version opens a browser of the other. */
export function goTogether ({ sameMajor }: DriverKind, driver: string, browser: string): boolean {
  return !sameMajor || major(driver) === major(browser)
}
