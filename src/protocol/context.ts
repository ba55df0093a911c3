/**
 * A session that is a browser context (`isolation: context`): which of its wishes shape the browser, by which sessions share one, and which the
 * context itself; and what no context can have.
 */
import type { Capabilities } from './capabilities.js'
import { switchName } from './features.js'
import { isObject } from './object.js'
import { playwrightCapability, type PlaywrightWish } from './playwright.js'
import { canonicalValue } from './profile.js'

/** What is replaced between two sessions. */
export type Isolation = 'container' | 'process' | 'context'
export const isolationNames = ['container', 'process', 'context'] as const satisfies readonly Isolation[]

export interface ContextParts {
  /** For the New Session that launches the browser. Sessions with equal ones can share it. */
  readonly browser: Capabilities
  /** For the New Session that attaches to a context of it. */
  readonly session: Capabilities
  /** For `Target.createBrowserContext` (CDP). */
  readonly proxy: { readonly proxyServer?: string, readonly proxyBypassList?: string }
  /** Of its first window, in pixels. */
  readonly size: { readonly width: number, readonly height: number } | undefined
}

interface ChromeOptions {
  readonly args?: readonly string[]
  readonly [name: string]: unknown
}

/** Of `goog:chromeOptions`, what chromedriver does by DevTools in each session. */
const ofSessions = new Set(['mobileEmulation', 'perfLoggingPrefs', 'windowTypes', 'w3c'])
/** Capabilities that a browser has to be launched with, beside its options. */
const ofBrowsers = new Set(['browserName', 'acceptInsecureCerts', playwrightCapability])

/** @param capabilities as they are asked of a driver, with what the host needs or without */
export function contextParts (capabilities: Capabilities): ContextParts {
  const { args = [], ...further } = optionsOf(capabilities)
  const size = args.flatMap(arg => sizeOf(arg) ?? []).at(-1)
  const shaping = { ...pick(further, name => !ofSessions.has(name)), args: args.filter(arg => sizeOf(arg) === undefined) }
  return {
    browser: { ...pick(capabilities, name => ofBrowsers.has(name)), 'goog:chromeOptions': shaping },
    session: { ...capabilities, 'goog:chromeOptions': pick(further, name => ofSessions.has(name)) },
    proxy: proxyOf(capabilities['proxy']),
    size
  }
}

/** Equal for sessions that can share a browser. */
export function browserKey (capabilities: Capabilities): string {
  const { browser: { acceptInsecureCerts = false, ...browser } } = contextParts(capabilities)
  return JSON.stringify(canonicalValue({ ...browser, acceptInsecureCerts }))
}

/** Whether a browser's windows are on no display, where each of them is in front. @param capabilities with what the host needs */
export function isHeadless (capabilities: Capabilities): boolean {
  return capabilities['browserName'] === 'chrome-headless-shell' || (optionsOf(capabilities).args ?? []).some(arg => switchName(arg.trim()) === 'headless')
}

/** Why a session cannot be a context, in words for its client; undefined when it can. @param display whether its windows are to be on one */
export function noContext (capabilities: Capabilities, display = false): string | undefined {
  const { browserName } = capabilities
  const { args = [], extensions = [], prefs = {}, perfLoggingPrefs, w3c } = optionsOf(capabilities)
  const playwright = capabilities[playwrightCapability] as PlaywrightWish | undefined
  if (playwright !== undefined) return noContextOfPlaywright(playwright)
  if (!areOptions(capabilities['goog:chromeOptions'])) return 'its goog:chromeOptions are of a shape that only a driver can say something about'
  if (browserName !== 'chrome' && browserName !== 'chrome-headless-shell') return `${String(browserName)} has none that could be driven by themselves`
  if (display) return 'its display would show windows of others'
  if (w3c === false) return 'w3c is false'
  if (Object.keys(prefs as object).some(name => name === 'intl' || name.startsWith('intl.'))) return 'its preferences name languages, which contexts do not take over'
  if ((extensions as unknown[]).length > 0) return 'extensions run in a browser of their own only'
  if (typeof perfLoggingPrefs === 'object' && perfLoggingPrefs !== null && 'traceCategories' in perfLoggingPrefs) return 'a trace shows the whole browser'
  const obstacle = ofOneBrowserIn(args)
  if (obstacle !== undefined) return obstacle
  const { proxyType } = (capabilities['proxy'] ?? {}) as { proxyType?: unknown }
  return proxyType === 'pac' || proxyType === 'autodetect' ? `a proxy of type ${proxyType} is set for the whole browser` : undefined
}

function noContextOfPlaywright ({ options: { args = [], headless } }: PlaywrightWish): string | undefined {
  return headless === false ? 'its windows would be among those of others' : ofOneBrowserIn(args)
}

function ofOneBrowserIn (args: readonly string[]): string | undefined {
  const arg = args.map(arg => switchName(arg.trim())).find(name => ofOneBrowser.has(name))
  return arg === undefined ? undefined : `the argument --${arg} is for a browser of its own`
}

const ofOneBrowser = new Set([
  'load-extension', 'user-data-dir', 'profile-directory', 'remote-debugging-port', 'remote-debugging-pipe', 'remote-debugging-address', 'app', 'kiosk', 'guest', 'single-process', 'restore-last-session'
])

function optionsOf (capabilities: Capabilities): ChromeOptions {
  const options = capabilities['goog:chromeOptions'] ?? {}
  return areOptions(options) ? options as ChromeOptions : {}
}

function areOptions (options: unknown = {}): boolean {
  if (!isObject(options)) return false
  const { args = [], extensions = [], prefs = {} } = options as Record<string, unknown>
  return Array.isArray(args) && args.every(arg => typeof arg === 'string') && Array.isArray(extensions) && isObject(prefs)
}

function pick (from: Capabilities, chosen: (name: string) => boolean): Capabilities {
  return Object.fromEntries(Object.entries(from).filter(([name]) => chosen(name)))
}

/** Of `--window-size=800,600`. */
function sizeOf (arg: string): { width: number, height: number } | undefined {
  const [, width, height] = /^(?:--)?window-size=(\d{1,5})[,x](\d{1,5})$/.exec(arg.trim()) ?? []
  return width === undefined ? undefined : { width: Number(width), height: Number(height) }
}

interface Proxy {
  readonly proxyType?: string
  readonly httpProxy?: string
  readonly sslProxy?: string
  readonly socksProxy?: string
  readonly socksVersion?: number
  readonly noProxy?: string | readonly string[]
}

/** Of the capability `proxy` (W3C WebDriver, §7.1.2), as chromedriver writes it into `--proxy-server`. */
function proxyOf (proxy: unknown): ContextParts['proxy'] {
  const { proxyType, httpProxy, sslProxy, socksProxy, socksVersion = 5, noProxy = [] } = (proxy ?? {}) as Proxy
  if (proxyType === 'direct') return { proxyServer: 'direct://' }
  if (proxyType !== 'manual') return {}
  const servers = [
    ...httpProxy === undefined ? [] : [`http=${httpProxy}`],
    ...sslProxy === undefined ? [] : [`https=${sslProxy}`],
    ...socksProxy === undefined ? [] : [`socks=socks${socksVersion}://${socksProxy}`]
  ]
  const bypass = typeof noProxy === 'string' ? noProxy : noProxy.join(',')
  return { ...servers.length === 0 ? {} : { proxyServer: servers.join(';') }, ...bypass === '' ? {} : { proxyBypassList: bypass } }
}
