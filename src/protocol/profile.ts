/** What a warm slot has already opened: the capabilities that shape a session, in a canonical form by which two wishes for the same are one. */
import { createHash } from 'node:crypto'
import type { Capabilities } from './capabilities.js'
import { playwrightCapability } from './playwright.js'
import type { BrowserOffer } from './remote-end.js'

export interface Profile {
  /** Equal for equal sessions. */
  readonly key: string
  /** What the driver is asked for; what the host needs comes on top. */
  readonly capabilities: Capabilities
}

/** Whose extension capabilities are a driver's. All others are for grids and clients: they shape no browser. */
const driverVendors = ['goog', 'ms', 'moz', 'webkit', 'webkitgtk', 'safari', 'webauthn', 'fedcm']
/** Chosen by us before the driver is asked, who would take `latest` for a version. */
const matched = ['browserName', 'browserVersion', 'platformName']

/** What a driver takes for granted (W3C WebDriver, §7.1); saying it changes nothing, not even the answer. */
const defaults: Readonly<Record<string, unknown>> = {
  acceptInsecureCerts: false,
  pageLoadStrategy: 'normal',
  strictFileInteractability: false,
  unhandledPromptBehavior: 'dismiss and notify',
  webSocketUrl: false
}
const defaultTimeouts: Readonly<Record<string, number>> = { implicit: 0, pageLoad: 300_000, script: 30_000 }

/** @param candidate validated and matched to the offer */
export function profileOf (candidate: Capabilities, { browserName, browserVersion, display, place, context }: BrowserOffer): Profile {
  const shaping = Object.entries(candidate).filter(([name]) => shapes(name))
  const canonical = Object.fromEntries(shaping.flatMap(([name, value]) => canonicalEntry(name, value)).sort(byName))
  return {
    key: `${browserName} ${browserVersion} ${JSON.stringify(canonical)}${display === true ? ' on a display' : ''}${place === undefined ? '' : ` in ${JSON.stringify(canonicalValue(place))}`}${context === undefined ? '' : ` as a context of ${JSON.stringify(context.user)}`}`,
    capabilities: { browserName, ...Object.fromEntries(shaping) }
  }
}

/** Whether nothing was asked for but the browser. */
export function isPlain ({ capabilities }: Profile): boolean {
  return Object.keys(capabilities).every(name => name === 'browserName')
}

function shapes (name: string): boolean {
  if (name === playwrightCapability) return true
  const colon = name.indexOf(':')
  return colon < 0 ? !matched.includes(name) : driverVendors.includes(name.slice(0, colon))
}

function canonicalEntry (name: string, value: unknown): [string, unknown][] {
  if (value === defaults[name]) return []
  const rest = name === 'timeouts' ? withoutDefaultTimeouts(value) : name.endsWith('Options') ? withoutEmpty(value) : value
  return isEmpty(rest) ? [] : [[name, canonicalValue(rest)]]
}

function withoutDefaultTimeouts (timeouts: unknown): unknown {
  return Object.fromEntries(Object.entries(timeouts as object).filter(([name, time]) => time !== defaultTimeouts[name]))
}

/** Clients send `extensions: []` and the like whether they have any or not. */
function withoutEmpty (options: unknown): unknown {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return options
  return Object.fromEntries(Object.entries(options).filter(([, value]) => !isEmpty(value)))
}

function isEmpty (value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

/** Keys in order; lists as they are, since the order of arguments can matter; long texts (extensions) by their hash. */
export function canonicalValue (value: unknown): unknown {
  if (typeof value === 'string' && value.length > 256) return `sha256:${createHash('sha256').update(value).digest('base64url')}`
  if (Array.isArray(value)) return value.map(canonicalValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]): [string, unknown] => [name, canonicalValue(part)]).sort(byName))
}

function byName ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
