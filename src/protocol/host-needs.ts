/** Adds to what a client asks for what its browser needs on this host. The client's own wishes win, and nothing is said twice. */
import type { Capabilities } from './capabilities.js'
import { WebDriverError } from './errors.js'
import { refuseForbidden, refusePrograms } from './forbidden.js'
import { playwrightCapability, type PlaywrightWish } from './playwright.js'

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
  /** Further switches of the operator's. */
  readonly args: readonly string[]
  /** Where all that the browser writes goes, when its driver does not say so by itself. */
  readonly folder?: string
  /** Whether it opens and closes a page beforehand, which the first one of its client is the faster for. */
  readonly rehearsed?: boolean
}

interface ChromeOptions {
  readonly args?: readonly string[]
  readonly binary?: string
}

const chromeOptions = 'goog:chromeOptions'

/**
 * The same for a browser that Playwright launches. It merges no `--disable-features` with its own, so that its own have to stay.
 * @throws WebDriverError for what cannot be had here
 */
export function mergePlaywrightNeeds (capabilities: Capabilities, { binary, headless, noSandbox, args, folder, rehearsed = true }: HostNeeds): Capabilities {
  const { version, options } = capabilities[playwrightCapability] as PlaywrightWish
  const own = options.args ?? []
  if (binary !== undefined) refusePrograms(own)
  if (options.headless === false && headless) throw new WebDriverError('invalid argument', 'headless: false cannot be had: there is no display for a window here')
  const said = new Set(own.map(nameOf))
  const added = args.filter(arg => !said.has(nameOf(arg)) && nameOf(arg) !== 'disable-features')
  return { ...capabilities, [playwrightCapability]: { version, options: { chromiumSandbox: !noSandbox, ...options, args: [...added, ...own] }, folder, rehearsed } }
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

function argumentsOf (own: readonly string[], { headless, noSandbox, disableFeatures, args }: HostNeeds): string[] {
  const said = new Set(own.map(nameOf))
  const added = [
    ...headless && !said.has('headless') ? ['--headless=new'] : [],
    ...noSandbox && !said.has('no-sandbox') ? ['--no-sandbox'] : [],
    ...args.filter(arg => !said.has(nameOf(arg)) && nameOf(arg) !== 'disable-features')
  ]
  return [...own.filter(arg => nameOf(arg) !== 'disable-features'), ...added, ...features(own, [...disableFeatures, ...listOf('disable-features', args)])]
}

/** Chrome listens to one `--disable-features` only, and a feature that the client switches on stays on. */
function features (own: readonly string[], ours: readonly string[]): string[] {
  const enabled = new Set(listOf('enable-features', own).map(bare))
  const disabled = new Set([...listOf('disable-features', own), ...ours.filter(feature => !enabled.has(bare(feature)))])
  return disabled.size === 0 ? [] : [`--disable-features=${[...disabled].join(',')}`]
}

function listOf (name: string, args: readonly string[]): string[] {
  return args.filter(arg => nameOf(arg) === name).flatMap(arg => arg.slice(arg.indexOf('=') + 1).split(',')).filter(feature => feature !== '')
}

/** A switch's name; chromedriver takes it with and without dashes. */
function nameOf (arg: string): string {
  return arg.replace(/^-+/, '').split('=', 1)[0] ?? ''
}

/** A feature's name without its parameters or study (`Name:a/b`, `Name<Study`). */
function bare (feature: string): string {
  return feature.split(/[:<.]/, 1)[0] ?? ''
}
