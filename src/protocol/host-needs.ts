/** Adds to what a client asks for what its browser needs on this host. The client's own wishes win, and nothing is said twice. */
import type { Capabilities } from './capabilities.js'
import { WebDriverError } from './errors.js'
import { areFeatures, featuresIn, featureSwitches, switchName, type Features } from './features.js'
import { refuseForbidden, refusePrograms } from './forbidden.js'
import { playwrightCapability, type LaunchOptions, type PlaywrightWish } from './playwright.js'

/** What a browser has to be told because of where it runs. */
export interface HostNeeds {
  /** The browser's executable, where the driver would not find it. */
  readonly binary?: string
  /** There is no display. */
  readonly headless: boolean
  /** Chrome's own sandbox cannot be had (as root). */
  readonly noSandbox: boolean
  /** Chromium features that nobody sees and that cost processor time at each launch. */
  readonly disableFeatures: readonly string[]
  /** Those that nobody sees either, and that save processor time. */
  readonly enableFeatures?: readonly string[]
  /** Further switches of the operator's. */
  readonly args: readonly string[]
  /** Where all that the browser writes goes, when its driver does not say so by itself. */
  readonly folder?: string
  /** Whether pages are opened in it beforehand, which the first one of its client is the faster for. */
  readonly rehearsed?: boolean
}

interface ChromeOptions {
  readonly args?: readonly string[]
  readonly binary?: string
}

const chromeOptions = 'goog:chromeOptions'

/** What Playwright's driver is asked for. */
export interface PlaywrightLaunch {
  /** Without switches of features. */
  readonly options: LaunchOptions
  /** To be merged with those that Playwright's own switches name, which only its driver knows. */
  readonly features: { readonly said: Features, readonly wished: Features }
  readonly folder: string | undefined
  readonly rehearsed: boolean
}

/**
 * The same for a browser that Playwright launches.
 * @throws WebDriverError for what cannot be had here
 */
export function mergePlaywrightNeeds (capabilities: Capabilities, needs: HostNeeds): Capabilities {
  const { binary, headless, noSandbox, folder, rehearsed = true } = needs
  const { options } = capabilities[playwrightCapability] as PlaywrightWish
  const own = options.args ?? []
  if (binary !== undefined) refusePrograms(own)
  if (options.headless === false && headless) throw new WebDriverError('invalid argument', 'headless: false cannot be had: there is no display for a window here')
  const launch: PlaywrightLaunch = {
    options: { chromiumSandbox: !noSandbox, ...options, args: [...added(own, needs.args), ...own.filter(arg => !areFeatures(arg))] },
    features: { said: featuresIn(own), wished: wishedFeatures(needs) },
    folder,
    rehearsed
  }
  return { ...capabilities, [playwrightCapability]: launch }
}

/**
 * @param capabilities of a browser that Chrome's driver opens; options of the wrong shape stay as they are, for the driver to refuse
 * @throws WebDriverError for what no client may ask for
 */
export function mergeHostNeeds (capabilities: Capabilities, needs: HostNeeds): Capabilities {
  const options = capabilities[chromeOptions] ?? {}
  if (typeof options === 'object' && options !== null) refuseForbidden(options, needs.binary)
  if (!areOptions(options)) return capabilities
  const binary = options.binary ?? needs.binary
  return {
    ...capabilities,
    [chromeOptions]: { ...options, ...binary === undefined ? {} : { binary }, args: argumentsOf(options.args ?? [], needs) }
  }
}

function areOptions (options: unknown): options is ChromeOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false
  const { args = [] } = options as { args?: unknown }
  return Array.isArray(args) && args.every(arg => typeof arg === 'string')
}

function argumentsOf (own: readonly string[], needs: HostNeeds): string[] {
  const { headless, noSandbox, args } = needs
  const said = new Set(own.map(switchName))
  return [
    ...own.filter(arg => !areFeatures(arg)),
    ...headless && !said.has('headless') ? ['--headless=new'] : [],
    ...noSandbox && !said.has('no-sandbox') ? ['--no-sandbox'] : [],
    ...added(own, args),
    ...featureSwitches(featuresIn(own), wishedFeatures(needs))
  ]
}

/** The operator's switches that the client does not have. */
function added (own: readonly string[], args: readonly string[]): string[] {
  const said = new Set(own.map(switchName))
  return args.filter(arg => !said.has(switchName(arg)) && !areFeatures(arg))
}

function wishedFeatures ({ args, enableFeatures = [], disableFeatures }: HostNeeds): Features {
  const { enable, disable } = featuresIn(args)
  return { enable: [...enableFeatures, ...enable], disable: [...disableFeatures, ...disable] }
}
