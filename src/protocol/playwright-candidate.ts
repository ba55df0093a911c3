/** A wish for Playwright as capabilities that can be matched, with a version that is there. */
import type { Capabilities } from './capabilities.js'
import { WebDriverError } from './errors.js'
import { playwrightCapability, type LaunchOptions } from './playwright.js'
import type { Status } from './remote-end.js'

export interface PlaywrightRequest {
  /** A name on offer, such as `chrome`. */
  readonly browser: string
  /** Major and minor; undefined takes the newest. */
  readonly version: string | undefined
  readonly options: LaunchOptions
  /** What is asked of the grid itself. */
  readonly wish: Capabilities
}

/** @throws WebDriverError for a version that is not there: Playwright's client shows its text to its user */
export function playwrightCandidate ({ browser, version: wanted, options, wish }: PlaywrightRequest, { agents }: Status): Capabilities {
  const there = agents.flatMap(({ browsers }) => browsers.flatMap(({ playwright = [] }) => playwright))
  const versions = [...new Set(there)].sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const version = wanted ?? versions[0]
  if (version === undefined || !versions.includes(version)) throw missing(version, versions)
  return { ...wish, browserName: browser, [playwrightCapability]: { version, options } }
}

function missing (wanted: string | undefined, there: readonly string[]): WebDriverError {
  const has = there.length === 0 ? 'this grid has no Playwright' : `this grid has Playwright ${there.join(', ')}`
  const text = wanted === undefined ? has : `Playwright ${wanted} needs a server of the same major and minor version, and ${has}; to add it: tggrid playwright add ${wanted}, and start the grid again`
  return new WebDriverError('session not created', text, { reason: 'no playwright' })
}
