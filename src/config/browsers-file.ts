/**
 * browsers.json, in Selenoid's shape: browser → default, versions → version → image and how to run it.
 * `image` is the name of a Docker image, or a list: the command line of a driver on this machine.
 * Ours beside Selenoid's keys: `binary`, the browser that such a driver opens; `isolation`, what its sessions are that do not ask for anything.
 */
import { z } from 'zod'
import { ConfigError } from './error.js'
import { parseJson } from './file.js'
import { didYouMean } from './nearest.js'

export interface BrowserEntry {
  readonly name: string
  readonly version: string
  /** Whether the file names it as its browser's default. */
  readonly isDefault: boolean
  /** The Docker image; null for a local driver. */
  readonly image: string | null
  /** The driver's command line; empty for an image. */
  readonly command: readonly string[]
  readonly binary: string | null
  readonly environment: readonly string[]
  /** How an image is run; unchanged from the file. */
  readonly settings: Settings
}

type Settings = z.output<typeof settings>

const texts = z.array(z.string())
const textMap = z.record(z.string(), z.string())

const settings = z.looseObject({
  image: z.union([z.string().min(1), texts.min(1)]),
  port: z.string().optional(),
  path: z.string().optional(),
  tmpfs: textMap.optional(),
  volumes: texts.optional(),
  env: texts.optional(),
  hosts: texts.optional(),
  shmSize: z.int().min(0).optional(),
  labels: textMap.optional(),
  sysctl: textMap.optional(),
  mem: z.string().optional(),
  cpu: z.string().optional(),
  publishAllPorts: z.boolean().optional(),
  binary: z.string().min(1).optional(),
  isolation: z.enum(['container', 'process', 'context']).optional()
})

const shape = z.record(z.string(), z.looseObject({
  default: z.string().optional(),
  versions: z.record(z.string(), settings)
}))

/**
 * @returns each browser's default version first; and notes on keys that nobody knows, which Selenoid ignores as well
 * @throws ConfigError naming every place that has another shape
 */
export function readBrowsersFile (file: string): { entries: BrowserEntry[], notes: string[] } {
  const parsed = shape.safeParse(parseJson(file))
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(issue => `${file}: ${issue.path.join('.') || 'the file'}: ${issue.message}`))
  const entries: BrowserEntry[] = []
  const notes: string[] = []
  for (const [name, browser] of Object.entries(parsed.data)) {
    const fallback = browser.default
    if (fallback !== undefined && !Object.hasOwn(browser.versions, fallback)) {
      notes.push(`${file}: the default of ${name}, ${fallback}, is not among its versions: ${Object.keys(browser.versions).join(', ')}`)
    }
    const versions = Object.entries(browser.versions).sort(([a], [b]) => Number(b === fallback) - Number(a === fallback))
    for (const [version, value] of versions) {
      entries.push({ ...entry(name, version, value), isDefault: version === fallback })
      notes.push(...unknownKeys(value).map(key => `${file}: ${name} ${version}: key ${key} is not known and ignored${didYouMean(key, Object.keys(settings.shape))}`))
    }
  }
  return { entries, notes }
}

function entry (name: string, version: string, value: Settings): Omit<BrowserEntry, 'isDefault'> {
  const isImage = typeof value.image === 'string'
  return {
    name,
    version,
    image: isImage ? value.image as string : null,
    command: isImage ? [] : value.image as string[],
    binary: value.binary ?? null,
    environment: value.env ?? [],
    settings: value
  }
}

const unknownKeys = (value: object): string[] => Object.keys(value).filter(key => !Object.hasOwn(settings.shape, key))
