/** Which versions of Playwright can serve: the one that tggrid brings, and those that were added to a folder. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LocalOffer } from '../runtime/process.js'
import type { LocalBrowser } from './browsers.js'
import type { Needs } from './host-needs.js'
import type { Isolable } from './isolations.js'

export interface InstalledPlaywright {
  /** Major and minor, such as `1.65`: those of client and server have to be equal. */
  readonly version: string
  /** With the patch, such as `1.65.1`. */
  readonly full: string
  /** Of the package playwright-core. */
  readonly folder: string
  /** Whether tggrid brings it. */
  readonly bundled: boolean
}

const packageName = 'playwright-core'
const driver = fileURLToPath(new URL('../runtime/playwright-driver.js', import.meta.url))

/** @param folder where versions are added @returns the newest first, one of each minor; an added one replaces the one that tggrid brings */
export function installedPlaywrights (folder: string): InstalledPlaywright[] {
  const added = existsSync(folder) ? readdirSync(folder).map(name => join(addedTo(folder, name), 'node_modules', packageName)) : []
  const all = [...added.flatMap(folder => installedAt(folder, false)), ...installedAt(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), true)]
  const ofEach = new Map(all.toReversed().map(one => [one.version, one]))
  return [...ofEach.values()].sort((a, b) => b.full.localeCompare(a.full, 'en', { numeric: true }))
}

/** Where a minor is added. */
export function addedTo (folder: string, version: string): string {
  return join(folder, version)
}

function installedAt (folder: string, bundled: boolean): InstalledPlaywright[] {
  try {
    const { version: full } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return [{ version: full.split('.', 2).join('.'), full, folder, bundled }]
  } catch {
    return [] // not whole
  }
}

/** What each version offers with the newest browsers of this machine: the headless shell for sessions without a window. */
export function playwrightOffers (playwrights: readonly InstalledPlaywright[], browsers: readonly LocalBrowser[], needs: Needs): (LocalOffer & Isolable)[] {
  const full = browsers.find(({ browserName }) => browserName === 'chrome')
  const shell = browsers.find(({ browserName }) => browserName === 'chrome-headless-shell')
  const browser = full ?? shell
  if (browser === undefined) return []
  return playwrights.map(({ version, folder }) => ({
    browserName: 'chrome',
    browserVersion: browser.version,
    platformName: 'linux',
    playwright: version,
    driver: process.execPath,
    driverArgs: [driver, folder, full?.binary ?? '', shell?.binary ?? ''],
    environment: {},
    needs: needs.needsOf(browser),
    shareable: true,
    ...browser.isolation === undefined ? {} : { isolation: browser.isolation }
  }))
}
