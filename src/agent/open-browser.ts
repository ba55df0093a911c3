/** A browser with an opened WebDriver session, made for a profile: what a warm slot holds. */
import { mergeNeeds } from '../protocol/browser-needs.js'
import type { Capabilities } from '../protocol/capabilities.js'
import { WebDriverError } from '../protocol/errors.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import { playwrightCapability } from '../protocol/playwright.js'
import type { Profile } from '../protocol/profile.js'
import type { Door } from '../protocol/remote-end.js'
import type { Address, Place, Way } from '../runtime/runtime.js'
import { DevTools } from './devtools.js'
import { callDriver, DriverRefusal } from './driver-client.js'
import { DriverWatch } from './driver-watch.js'
import type { Life } from './life.js'

export interface OpenBrowser {
  readonly profile: Profile
  /** The driver's own session id. */
  readonly driverSession: string
  /** The driver's own answer. */
  readonly capabilities: Capabilities
  /** Undefined for a browser without DevTools, such as Firefox. */
  readonly devtools: DevTools | undefined
  /** Undefined for Playwright's, whose server ends with its browser. */
  readonly life: Life | undefined
  /** Whether it and its driver run, as the kernel says at this moment; absent where the kernel cannot be asked. */
  readonly runs?: () => boolean
  readonly doors: Readonly<Partial<Record<Door, Way>>>
  /** When it was ready, by the agent's clock. */
  readonly openedAt: number
}

export interface Opening {
  readonly signal: AbortSignal
  /** Whether a client waits for it. */
  readonly awaited: boolean
}

/**
 * W3C WebDriver "New Session" on the place's driver, with what its host needs.
 *
 * @throws DriverRefusal when the driver says no; any other error when it gave no answer
 */
export async function openBrowser (place: Place, profile: Profile, { signal, awaited }: Opening): Promise<Omit<OpenBrowser, 'openedAt'>> {
  await place.prepare?.(profile.capabilities, signal)
  const alwaysMatch = withNeeds(profile.capabilities, { ...place.needs, rehearsed: !awaited })
  const { sessionId, capabilities, driver, devtools: address } = await callDriver(place.driver, { method: 'POST', path: '/session', body: { capabilities: { alwaysMatch } }, signal }) as Partial<NewSession> & Pick<NewSession, 'sessionId'>
  if (capabilities === undefined) throw new DriverRefusal('session not created', 'the driver opened a session of the old JSON wire protocol, which this grid does not speak: leave `w3c: false` out of goog:chromeOptions')
  const debuggerAddress = addressOf(address) ?? debuggerAddressOf(capabilities)
  const reached = debuggerAddress === undefined ? undefined : await place.reach(debuggerAddress)
  const devtools = reached === undefined ? undefined : await DevTools.connect(reached, signal)
  try {
    const doors = await doorsOf({ sessionId, capabilities }, place, await driverOf(driver, place))
    return { profile, driverSession: sessionId, capabilities, devtools, life: lifeOf(devtools, doors), ...runsOf(place, capabilities), doors: devtools === undefined ? doors : { ...doors, cdp: devtools } }
  } catch (error) {
    devtools?.close()
    throw error
  }
}

/** @throws DriverRefusal for what no client may ask for here: no driver is asked then, and none would be the better for asking again */
function withNeeds (capabilities: Capabilities, needs: HostNeeds): Capabilities {
  try {
    return mergeNeeds(capabilities, needs)
  } catch (error) {
    if (error instanceof WebDriverError) throw new DriverRefusal(error.code, error.message)
    throw error
  }
}

/** A browser that has outlived its agent, once it has shown that it lives and that its driver knows the session. Rejects when not. */
export async function reopenBrowser (place: Place, browser: Omit<OpenBrowser, 'devtools' | 'life'>, signal: AbortSignal): Promise<OpenBrowser> {
  const { doors: { cdp, webdriver } } = browser
  if (webdriver !== undefined) await callDriver(webdriver, { method: 'GET', path: '/window/handles', signal })
  if (cdp === undefined) return { ...browser, devtools: undefined, life: lifeOf(undefined, browser.doors) }
  const devtools = await DevTools.connect(cdp.address, signal)
  if (devtools.path === cdp.path) return { ...browser, devtools, life: devtools }
  devtools.close()
  throw new Error(`place ${place.id} has another browser`)
}

/** Who opens a session need not be who serves its commands. */
async function driverOf (named: string | undefined, place: Place): Promise<Way> {
  const address = addressOf(named)
  if (address === undefined) return place.driver
  const reached = await place.reach(address)
  if (reached === undefined) throw new Error(`nothing leads to the driver in place ${place.id}`)
  return { address: reached, path: '', host: `localhost:${address.port}` }
}

async function doorsOf ({ sessionId, capabilities }: NewSession, place: Place, { address, path, host }: Way): Promise<Partial<Record<Door, Way>>> {
  const playwright = capabilities[playwrightCapability] as { endpoint: string } | undefined
  if (playwright !== undefined) {
    const { hostname, port, pathname } = new URL(playwright.endpoint)
    const address = await place.reach({ host: hostname, port: Number(port) })
    if (address === undefined) throw new Error(`nothing leads to Playwright's server in place ${place.id}`)
    return { playwright: { address, path: pathname, host: 'localhost' } }
  }
  const driver = { address, path: `${path}/session/${sessionId}`, host }
  const bidi = capabilities['webSocketUrl']
  return {
    webdriver: driver,
    ...typeof bidi === 'string' ? { bidi: await bidiOf(bidi, driver, place) } : {},
    ...place.display === undefined ? {} : { vnc: { address: place.display, path: '', host: 'localhost' } }
  }
}

/** Of drivers only some pass BiDi on: Firefox has it at a port of its own. */
async function bidiOf (webSocketUrl: string, driver: Way, place: Place): Promise<Way> {
  const { hostname, port, pathname } = new URL(webSocketUrl)
  if (port === '' || driver.host.endsWith(`:${port}`)) return driver
  const address = await place.reach({ host: hostname, port: Number(port) })
  if (address === undefined) throw new Error(`nothing leads to the browser's BiDi in place ${place.id}`)
  return { address, path: pathname, host: `localhost:${port}` }
}

function lifeOf (devtools: DevTools | undefined, { webdriver }: OpenBrowser['doors']): Life | undefined {
  return devtools ?? (webdriver && new DriverWatch(webdriver))
}

/** chromedriver names the browser's process, as seen where it runs itself. */
function runsOf (place: Place, { 'goog:processID': pid }: Capabilities): Pick<OpenBrowser, 'runs'> {
  const runs = typeof pid === 'number' ? place.runs?.bind(place, pid) : undefined
  return runs === undefined ? {} : { runs }
}

interface NewSession {
  readonly sessionId: string
  readonly capabilities: Capabilities
  /** Where its commands go, and where its DevTools are, when its driver does not say it as Chrome's does: `host:port`. */
  readonly driver?: string
  readonly devtools?: string
}

function debuggerAddressOf (capabilities: Capabilities): Address | undefined {
  const options = capabilities['goog:chromeOptions'] as { debuggerAddress?: string } | undefined
  return addressOf(options?.debuggerAddress)
}

function addressOf (text: string | undefined): Address | undefined {
  if (text === undefined) return undefined
  const { hostname, port } = new URL(`http://${text}`)
  return { host: hostname, port: Number(port) }
}
