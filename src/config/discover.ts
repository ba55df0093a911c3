/** Finds Chrome, Chromium, Firefox and their drivers, as people and packages install them. */
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { searchPath } from './environment.js'
import type { DriverKind } from './driver-kinds.js'
import type { Versions } from './versions.js'

/** Where to look. */
export interface Places {
  /** Folders, in order, as in PATH. */
  readonly path: readonly string[]
  /** Further files that count when they exist. */
  readonly usual: Readonly<Record<'browsers' | 'shells' | 'drivers' | 'firefoxes' | 'geckodrivers', readonly string[]>>
}

export interface Found {
  readonly browsers: readonly FoundBrowser[]
  readonly drivers: Readonly<Record<DriverKind['name'], readonly FoundFile[]>>
  /** A sentence for each file that looked right and does not run. */
  readonly notes: readonly string[]
}

interface FoundFile {
  readonly file: string
  readonly version: string
}

interface FoundBrowser extends FoundFile {
  readonly browserName: string
}

/** PATH, and where Debian, Ubuntu, Google's packages, Homebrew and macOS put them. */
export function usualPlaces (path = searchPath()): Places {
  return {
    path,
    usual: {
      browsers: [
        '/opt/google/chrome/chrome', '/usr/lib/chromium/chromium', '/usr/lib/chromium-browser/chromium-browser', '/snap/bin/chromium',
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'
      ],
      shells: ['/usr/lib/chromium/chromium-headless-shell'],
      drivers: [
        '/usr/bin/chromedriver', '/usr/local/bin/chromedriver', '/usr/lib/chromium/chromedriver', '/usr/lib/chromium-browser/chromedriver',
        '/snap/bin/chromium.chromedriver', '/opt/homebrew/bin/chromedriver'
      ],
      firefoxes: ['/usr/lib/firefox-esr/firefox-esr', '/usr/lib/firefox/firefox', '/opt/firefox/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
      geckodrivers: ['/usr/bin/geckodriver', '/usr/local/bin/geckodriver', '/snap/bin/geckodriver', '/opt/homebrew/bin/geckodriver']
    }
  }
}

const browserNames = ['google-chrome-stable', 'google-chrome', 'chrome', 'chromium', 'chromium-browser']
const firefoxNames = ['firefox', 'firefox-esr']
const shellNames = ['chrome-headless-shell', 'chromium-headless-shell', 'headless_shell']

/** Asks every candidate for its version, all at the same time. */
export async function discover ({ path, usual }: Places, versions: Versions): Promise<Found> {
  const [chromes, shells, drivers, firefoxes, geckodrivers] = await Promise.all([
    ask([...onPath(browserNames, path), ...usual.browsers.filter(isExecutable)], versions),
    // Debian's command on the PATH is a shell script that stays, as a process more for each browser.
    ask([...usual.shells.filter(isExecutable), ...onPath(shellNames, path)], versions),
    ask([...onPath(['chromedriver'], path), ...usual.drivers.filter(isExecutable)], versions),
    ask([...onPath(firefoxNames, path), ...usual.firefoxes.filter(isExecutable)], versions),
    ask([...onPath(['geckodriver'], path), ...usual.geckodrivers.filter(isExecutable)], versions)
  ])
  return {
    browsers: [
      ...named('chrome', chromes.found),
      ...named('chrome-headless-shell', shells.found),
      ...named('firefox', firefoxes.found)
    ],
    drivers: { chromedriver: oncePerVersion(drivers.found), geckodriver: oncePerVersion(geckodrivers.found).sort(newestFirst) },
    notes: [chromes, shells, drivers, firefoxes, geckodrivers].flatMap(({ notes }) => notes)
  }
}

/** The files of these names in these folders, in the folders' order. */
export function onPath (names: readonly string[], path: readonly string[]): string[] {
  return path.flatMap(folder => names.map(name => join(folder, name))).filter(isExecutable)
}

/** For `sort`: by the parts of the version, as numbers. */
export function newestFirst (a: { readonly version: string }, b: { readonly version: string }): number {
  return b.version.localeCompare(a.version, 'en', { numeric: true })
}

async function ask (files: readonly string[], versions: Versions): Promise<{ found: FoundFile[], notes: string[] }> {
  const answers = await Promise.allSettled(oncePerTarget(files).map(async file => ({ file, version: await versions.of(file) })))
  return {
    found: answers.filter(answer => answer.status === 'fulfilled').map(answer => answer.value),
    notes: answers.filter(answer => answer.status === 'rejected').map(answer => (answer.reason as Error).message)
  }
}

// google-chrome, google-chrome-stable and an alternative's link are one browser.
function oncePerTarget (files: readonly string[]): string[] {
  return [...new Map(files.toReversed().map(file => [realpathSync(file), file])).values()].toReversed()
}

// A launcher on the PATH and the program that it starts are one browser too; the launcher came first.
function oncePerVersion<T extends FoundFile> (files: readonly T[]): T[] {
  return files.filter((one, index) => files.findIndex(other => other.version === one.version) === index)
}

function named (browserName: string, files: readonly FoundFile[]): FoundBrowser[] {
  return oncePerVersion(files).map(file => ({ browserName, ...file })).sort(newestFirst)
}

function isExecutable (file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
