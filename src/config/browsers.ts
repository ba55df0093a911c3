/** Which browsers this machine can open: those that browsers.json lists, or all that are found. */
import type { Isolation } from '../protocol/context.js'
import { discover, newestFirst, onPath, type Found, type Places } from './discover.js'
import { driverKindOf, goTogether, type DriverKind } from './driver-kinds.js'
import { readBrowsersFile, type BrowserEntry } from './browsers-file.js'
import { major, Versions } from './versions.js'

/** A browser on this machine, with a driver that fits. */
export interface LocalBrowser {
  /** What clients ask for: `chrome`, or `chrome-headless-shell`. */
  readonly browserName: string
  /** All four parts, such as `156.0.8078.79`. */
  readonly version: string
  /** The version as browsers.json calls it, such as `latest`; the same as `version` for a browser that was found. */
  readonly label: string
  /** Whether browsers.json names it as the default. */
  readonly preferred?: boolean
  /** What browsers.json says of its sessions. */
  readonly isolation?: Isolation
  readonly binary: string
  readonly driver: string
  readonly driverVersion: string
  /** The driver's further arguments, and variables (`NAME=value`) of its environment; from browsers.json. */
  readonly driverArgs: readonly string[]
  readonly environment: readonly string[]
}

export interface Browsers {
  /** The first one of each name is that name's default. */
  readonly browsers: readonly LocalBrowser[]
  /** A sentence for each browser that cannot be used, and why. */
  readonly notes: readonly string[]
}

/** Names under which Selenoid's users list what we open. */
const knownNames: ReadonlyMap<string, string> = new Map([
  ['chrome', 'chrome'], ['chromium', 'chrome'], ['chrome-headless-shell', 'chrome-headless-shell'], ['firefox', 'firefox']
])

/**
 * @param file of the shape of Selenoid's browsers.json; null to use whatever is on the machine
 * @throws ConfigError when the file cannot be read or has another shape
 */
export async function findBrowsers (file: string | null, places: Places, versions = new Versions()): Promise<Browsers> {
  const found = await discover(places, versions)
  if (file === null) return withDrivers(found)
  const { entries, notes } = readBrowsersFile(file)
  const listed = await Promise.all(entries.map(async entry => await local(entry, { file, places, versions, found })))
  return {
    browsers: listed.filter(item => typeof item !== 'string'),
    notes: [...notes, ...listed.filter(item => typeof item === 'string')]
  }
}

function withDrivers ({ browsers, drivers, notes }: Found): Browsers {
  const usable: LocalBrowser[] = []
  const unusable = [...notes]
  for (const { browserName, version, file } of browsers) {
    const kind = driverKindOf(browserName)
    const fitting = drivers[kind.name].filter(driver => goTogether(kind, driver.version, version))
    const driver = fitting.find(driver => driver.version === version) ?? fitting[0]
    if (driver === undefined) unusable.push(`${browserName} ${version} (${file}) cannot be used: ${missingDriver(kind, version, drivers)}`)
    else {
      usable.push({
        browserName, version, label: version, binary: file, driver: driver.file, driverVersion: driver.version, driverArgs: [], environment: []
      })
    }
  }
  if (browsers.length === 0) unusable.push('no Chrome, Chromium or Firefox was found on the PATH or in the usual places; on Debian: apt-get install chromium chromium-driver')
  return { browsers: usable, notes: unusable }
}

function missingDriver ({ name, install }: DriverKind, wanted: string, drivers: Found['drivers']): string {
  const other = drivers[name][0]
  return other === undefined
    ? `there is no ${name}; ${install(wanted)}`
    : `its driver must have the same major version, and ${other.file} has ${other.version}; install ${name} ${major(wanted)}`
}

interface Context {
  readonly file: string
  readonly places: Places
  readonly versions: Versions
  readonly found: Found
}

/** @returns the reason when this entry cannot be opened here */
async function local (entry: BrowserEntry, context: Context): Promise<LocalBrowser | string> {
  const where = `${context.file}: ${entry.name} ${entry.version}`
  const browserName = knownNames.get(entry.name)
  const [command, ...driverArgs] = entry.command
  if (command === undefined) return `${where} is the Docker image ${entry.image ?? ''}, and browsers run as local processes here; list a driver, as in "image": ["/usr/bin/chromedriver"]`
  if (browserName === undefined) return `${where} cannot be opened as a local process; known are ${[...knownNames.keys()].join(', ')}`
  const driver = await versionAt(command, context)
  if ('reason' in driver) return `${where}: the driver ${driver.reason}`
  const binary = entry.binary === null ? fitting(browserName, driver.version, context.found) : await versionAt(entry.binary, context)
  if ('reason' in binary) return `${where}: the browser ${binary.reason}`
  if (!goTogether(driverKindOf(browserName), driver.version, binary.version)) {
    return `${where} cannot be used: ${binary.file} is version ${binary.version}, its driver ${driver.file} is ${driver.version}, and their major versions must be the same`
  }
  return {
    browserName,
    version: binary.version,
    label: entry.version,
    preferred: entry.isDefault,
    ...entry.settings.isolation === undefined ? {} : { isolation: entry.settings.isolation },
    binary: binary.file,
    driver: driver.file,
    driverVersion: driver.version,
    driverArgs,
    environment: entry.environment
  }
}

type At = { readonly file: string, readonly version: string } | { readonly reason: string }

async function versionAt (command: string, { places, versions }: Context): Promise<At> {
  const file = command.includes('/') ? command : onPath([command], places.path)[0]
  if (file === undefined) return { reason: `${command} is not on the PATH` }
  try {
    return { file, version: await versions.of(file) }
  } catch (error) {
    return { reason: (error as Error).message }
  }
}

function fitting (browserName: string, driverVersion: string, found: Found): At {
  const kind = driverKindOf(browserName)
  const candidates = found.browsers.filter(browser => browser.browserName === browserName && goTogether(kind, driverVersion, browser.version))
  return candidates.sort(newestFirst)[0] ?? {
    reason: `is not named ("binary") and none${kind.sameMajor ? ` of the driver's version ${major(driverVersion)}` : ''} was found`
  }
}
