/** Which browser on offer a request gets: Selenium Grid's rules, with the default or the newest version where several would do. */
import type { Capabilities } from './capabilities.js'
import { isolationNames } from './context.js'
import { WebDriverError } from './errors.js'
import { playwrightCapability, type PlaywrightWish } from './playwright.js'
import type { BrowserOffer } from './remote-end.js'

/** A request's candidate, and what it gets. */
export interface Match<O extends BrowserOffer> {
  readonly candidate: Capabilities
  readonly offer: O
}

/**
 * The first candidate that anything on offer fits, with the newest that fits, or the preferred one when no version is asked for. Who names no
 * browser gets the first one's; of equal versions: the first.
 * Names are compared to the letter first, as drivers do; only when nothing fits so, as Selenium Grid does (`LINUX`, `Chrome`, `chromium`).
 */
export function pick<O extends BrowserOffer> (candidates: readonly Capabilities[], offers: readonly O[]): Match<O> | undefined {
  return pickBy(candidates, offers, matchesExactly) ?? pickBy(candidates, offers, matches)
}

function pickBy<O extends BrowserOffer> (candidates: readonly Capabilities[], offers: readonly O[], fits: typeof matches): Match<O> | undefined {
  for (const candidate of candidates) {
    const fitting = offers.filter(offer => playwrightOf(candidate) === offer.playwright && fits(candidate, offer))
    const able = wantsDisplay(candidate) ? displaysIn(fitting) : fitting
    const [first, ...others] = able
    if (first === undefined) continue
    const anyVersion = candidate['browserVersion'] === undefined || candidate['browserVersion'] === ''
    const preferred = anyVersion ? able.find(offer => offer.preferred && offer.browserName === first.browserName) : undefined
    return { candidate, offer: preferred ?? others.reduce((best, offer) => isNewer(offer, best) ? offer : best, first) }
  }
  return undefined
}

/** Asked for in the words of Selenium Grid, or Selenoid. */
function wantsDisplay (candidate: Capabilities): boolean {
  const { enableVNC } = (candidate['selenoid:options'] ?? {}) as { enableVNC?: unknown }
  return enableVNC === true || candidate['se:vncEnabled'] === true
}

/** A wish that may go unheard: scripts have it whether anybody looks or not. */
function displaysIn<O extends BrowserOffer> (offers: readonly O[]): readonly O[] {
  const displays = offers.filter(({ display }) => display === true)
  return displays.length === 0 ? offers : displays
}

/** The version of Playwright that a candidate needs; undefined for WebDriver's clients, and CDP's. */
function playwrightOf (candidate: Capabilities): string | undefined {
  return (candidate[playwrightCapability] as PlaywrightWish | undefined)?.version
}

/** Whether an offer is what a candidate asks for (W3C WebDriver, §7.2 "matching capabilities", as Selenium Grid applies it). */
export function matches (candidate: Capabilities, offer: BrowserOffer): boolean {
  return nameMatches(candidate['browserName'], offer.browserName) &&
    versionMatches(candidate['browserVersion'], offer) &&
    platformMatches(candidate['platformName'], offer.platformName) &&
    isolationMatches(candidate, offer) &&
    labelsMatch(candidate, offer)
}

/** `tggrid:options.isolation`; what is none at all is refused by whoever reads the session's options. */
function isolationMatches (candidate: Capabilities, { isolations }: BrowserOffer): boolean {
  const wanted = isolationOf(candidate)
  return wanted === undefined || isolations?.some(isolation => isolation === wanted) === true || !isolationNames.some(name => name === wanted)
}

function isolationOf (candidate: Capabilities): unknown {
  return ((candidate['tggrid:options'] ?? {}) as { isolation?: unknown }).isolation ?? undefined
}

/** `tggrid:options.labels`: what the session's host has to be. */
function labelsMatch (candidate: Capabilities, { labels }: BrowserOffer): boolean {
  return Object.entries(labelsOf(candidate)).every(([name, value]) => labels !== undefined && Object.hasOwn(labels, name) && labels[name] === value)
}

function labelsOf (candidate: Capabilities): Record<string, unknown> {
  const { labels } = (candidate['tggrid:options'] ?? {}) as { labels?: unknown }
  return typeof labels === 'object' && labels !== null ? labels as Record<string, unknown> : {}
}

function matchesExactly (candidate: Capabilities, offer: BrowserOffer): boolean {
  const same = (name: 'browserName' | 'platformName'): boolean => candidate[name] === undefined || candidate[name] === offer[name]
  return same('browserName') && same('platformName') && versionMatches(candidate['browserVersion'], offer) && isolationMatches(candidate, offer) && labelsMatch(candidate, offer)
}

/** What is wrong when nothing fits: what was asked for, and what is on offer. */
export function noMatch (candidates: readonly Capabilities[], offers: readonly BrowserOffer[]): WebDriverError {
  const asked = [...new Set(candidates.map(wish))].join(' or ')
  const comparable = offers.filter(({ playwright }) => candidates.some(candidate => (playwrightOf(candidate) === undefined) === (playwright === undefined)))
  const offered = [...new Set(comparable.map(({ browserName, browserVersion, platformName, playwright, labels = {}, isolations = [] }) =>
    `${browserName} ${browserVersion} (${[playwright === undefined ? platformName : `Playwright ${playwright}`, ...candidates.some(isolationOf) ? [`isolation ${isolations.join(' or ')}`] : [], ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)].join(', ')})`))]
  return new WebDriverError('session not created', `no slot matches ${asked}; this grid offers ${offered.join(', ') || 'nothing'}`, { reason: 'no match' })
}

const shaping = ['browserName', 'browserVersion', 'platformName']

function wish (candidate: Capabilities): string {
  const version = playwrightOf(candidate)
  const wishes = shaping.filter(name => candidate[name] !== undefined).map(name => `${name}=${String(candidate[name])}`)
  const labels = Object.entries(labelsOf(candidate)).map(([name, value]) => `${name}=${String(value)}`)
  const isolation = isolationOf(candidate)
  return [...wishes, ...isolation === undefined ? [] : [`isolation=${String(isolation)}`], ...labels, ...version === undefined ? [] : [`Playwright ${version}`]].join(' ') || 'a session without wishes'
}

/** Other names of what is on offer: Chromium is Chrome to its driver, and to scripts that ask for either; WebKitGTK's driver opens a MiniBrowser. */
const aliases: Readonly<Record<string, string>> = { chromium: 'chrome', minibrowser: 'webkit', webkitgtk: 'webkit' }

function nameMatches (wanted: unknown, offered: string): boolean {
  if (typeof wanted !== 'string' || wanted === '') return true
  const name = wanted.toLowerCase()
  return name === offered.toLowerCase() || (Object.hasOwn(aliases, name) && aliases[name] === offered)
}

/** The operator's own name for it; `131` is any 131.x; nothing, `stable` and `latest` are any. */
function versionMatches (wanted: unknown, { browserVersion, label }: BrowserOffer): boolean {
  if (typeof wanted !== 'string' || wanted === '' || wanted === label || wanted === 'stable' || wanted === 'latest') return true
  const parts = browserVersion.split('.')
  return wanted.split('.').every((part, at) => part === parts[at])
}

const families: Readonly<Record<string, readonly string[]>> = {
  linux: ['linux', 'unix'],
  windows: ['windows', 'win', 'xp', 'vista', 'win8', 'win10', 'win11', 'windows 10', 'windows 11'],
  mac: ['mac', 'macos', 'os x', 'darwin']
}

function platformMatches (wanted: unknown, offered: string): boolean {
  if (typeof wanted !== 'string' || wanted === '') return true
  const platform = wanted.toLowerCase()
  return platform === 'any' || platform === offered || (families[offered]?.includes(platform) ?? false)
}

function isNewer (a: BrowserOffer, b: BrowserOffer): boolean {
  if (a.browserName !== b.browserName) return false
  const [left, right] = [a, b].map(({ browserVersion }) => browserVersion.split('.').map(Number))
  const at = left?.findIndex((part, at) => part !== right?.[at]) ?? -1
  return at >= 0 && (left?.[at] ?? 0) > (right?.[at] ?? 0)
}
