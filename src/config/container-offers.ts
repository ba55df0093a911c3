/** Which browsers there are as images: those that browsers.json lists, or the configured ones; missing ones are fetched. */
import type { BrowserEntry } from './browsers-file.js'
import { readBrowsersFile } from './browsers-file.js'
import { lean, leanInOne } from './host-needs.js'
import type { Isolable } from './isolations.js'
import type { Config } from './schema.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import { devtoolsPort, playwrightPort, type ContainerOffer, type ContainerSettings } from '../runtime/container-options.js'
import type { Engine } from '../runtime/engine.js'
import { findImage, imageLabels, pullImage, type BrowserImage } from '../runtime/images.js'

export interface ContainerOffers {
  readonly offers: readonly (ContainerOffer & Isolable)[]
  /** A sentence for each image that cannot be used, and why. */
  readonly notes: readonly string[]
}

/** @param say tells a person how fetching goes */
export async function containerOffers (config: Config, engine: Engine, say: (text: string) => void): Promise<ContainerOffers> {
  const wanted = config.browsers === null ? config.container.images.map(image => ({ image, entry: undefined })) : listed(config.browsers)
  const offers: (ContainerOffer & Isolable)[] = []
  const notes: string[] = []
  for (const { image, entry } of wanted) {
    try {
      offers.push(...offersOf(await obtain(engine, image, say), entry, config).map(offer => engine.reachable ? offer : alone(offer)))
    } catch (error) {
      notes.push(`the image ${image} ${(error as Error).message}`)
    }
  }
  return { offers, notes }
}

function listed (file: string): { image: string, entry: BrowserEntry }[] {
  return readBrowsersFile(file).entries.flatMap(entry => entry.image === null ? [] : [{ image: entry.image, entry }])
}

async function obtain (engine: Engine, name: string, say: (text: string) => void): Promise<BrowserImage> {
  const there = await findImage(engine, name)
  if (there !== undefined) return there
  say(`fetching the image ${name}`)
  let told = 0
  try {
    await pullImage(engine, name, (done, total) => {
      const percent = Math.floor(100 * done / Math.max(1, total))
      if (percent < told + 10) return
      told = percent
      say(`fetching the image ${name}: ${percent} % of ${Math.round(total / 1e6)} MB`)
    })
  } catch (error) {
    throw new Error(`is not there and cannot be fetched: ${(error as Error).message}; to build it: docker build --target ${targetOf(name)} -t ${name} .`, { cause: error })
  }
  const fetched = await findImage(engine, name)
  if (fetched === undefined) throw new Error('was fetched, and is not there')
  return fetched
}

/** `chrome` of `tggrid/chrome:156`. */
function targetOf (image: string): string {
  return image.split('/').at(-1)?.split(':', 1)[0] ?? image
}

function needsOf ({ chromium }: Config): HostNeeds {
  return { headless: true, noSandbox: chromium.sandbox === false, enableFeatures: chromium.lean ? leanInOne : [], disableFeatures: chromium.lean ? lean : [], args: chromium.args }
}

/** An image of ours says itself what is in it; of others only browsers.json does. */
function offersOf ({ name, labels, command }: BrowserImage, entry: BrowserEntry | undefined, config: Config): (ContainerOffer & Isolable)[] {
  const needs = needsOf(config)
  const { browser, version, playwright, display } = imageLabels
  const settings = settingsOf(entry)
  const preferred = entry?.isDefault ?? false
  const headless = needs.headless && labels[display] === undefined
  const browserName = entry?.name ?? labels[browser]
  const browserVersion = labels[version] ?? entry?.version
  if (browserName === undefined || browserVersion === undefined) throw new Error(`is none of tggrid's: it has no label ${browser}, so that browsers.json has to say what is in it`)
  if (labels[browser] === undefined) {
    const base = (entry?.settings.path ?? '/').replace(/\/$/, '')
    return [{ browserName, browserVersion, preferred, platformName: 'linux', image: name, init: false, wishable: true, port: Number(entry?.settings.port ?? 4444), base, settings, needs: { ...needs, headless: false } }]
  }
  const vncPort = Number(labels[display])
  const own = { browserName, browserVersion, ...entry === undefined ? {} : { label: entry.version }, preferred, platformName: 'linux', image: name, init: true, wishable: true, command, port: 4444, base: '', settings, needs: { ...needs, headless } }
  const minor = labels[playwright]
  const memory = config.container.memory === null ? undefined : config.container.memory + config.context.memory
  const isolation = entry?.settings.isolation
  const shareable = (command: readonly string[]): object => ({ shareable: true, shared: { command, memory }, ...isolation === undefined ? {} : { isolation } })
  const first = vncPort > 0 ? { ...own, display: true, vncPort } : labels[browser] === 'chrome' ? { ...own, ...shareable(contextCommand) } : own
  // What Playwright launches has no display.
  return [first, ...minor === undefined ? [] : [{ ...own, ...shareable(playwrightContextCommand), playwright: minor, command: playwrightCommand, needs }]]
}

const playwrightArguments = ['/opt/tggrid/node_modules/playwright-core', '/usr/bin/chromium', '/usr/lib/chromium/chromium-headless-shell', '0.0.0.0', '4444']

/** In an image of ours: starts Playwright's driver instead of WebDriver's. */
const playwrightCommand = ['--ready', '4444', '--forward', String(devtoolsPort), '--', 'node', '/opt/tggrid/dist/src/runtime/playwright-driver.js', ...playwrightArguments, String(playwrightPort)]

/** The same for one that is shared. */
const playwrightContextCommand = ['--ready', '4444', '--', 'node', '/opt/tggrid/dist/src/runtime/playwright-context-driver.js', ...playwrightArguments]

/** The same with Chrome's driver behind one that shares its browser. */
const contextCommand = [
  '--ready', '4444', '--', 'node', '/opt/tggrid/dist/src/runtime/context-driver.js', '0.0.0.0', '4444', 'chromedriver', `--port=${playwrightPort}`, '--allowed-ips=', '--log-level=SEVERE'
]

/** Views listen on ports that nobody knows beforehand, which cannot be published. */
function alone ({ shareable: _, shared: __, ...offer }: ContainerOffer & Isolable): ContainerOffer {
  return offer
}

function settingsOf (entry: BrowserEntry | undefined): ContainerSettings {
  const { env = [], hosts = [], volumes = [], tmpfs = {}, labels = {}, sysctl = {}, shmSize, mem, cpu } = entry?.settings ?? {}
  return { env, hosts, volumes, tmpfs, labels, sysctl, shmSize, memory: mem === undefined ? undefined : megabytes(mem), cpu: cpu === undefined ? undefined : Number(cpu) }
}

const units: Readonly<Record<string, number>> = { b: 2 ** -20, k: 2 ** -10, m: 1, g: 2 ** 10 }

/** Of Docker's way to write sizes: `512m`, `1g`, or bytes. */
function megabytes (size: string): number {
  const [, number = '', unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([bkmg])?b?$/i.exec(size.trim()) ?? []
  const value = Number(number) * (units[unit.toLowerCase()] ?? NaN)
  if (!(value > 0)) throw new Error(`may use ${JSON.stringify(size)} of memory ("mem"), which is no size such as 512m or 2g`)
  return Math.round(value)
}
