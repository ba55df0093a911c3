/** What a session may ask of the grid itself, by capabilities that are not the browser's. */
import type { Capabilities } from './capabilities.js'
import { isolationNames, type Isolation } from './context.js'
import { WebDriverError } from './errors.js'

/** Times in milliseconds. */
export interface SessionOptions {
  readonly idleTimeout?: number
  readonly lifetime?: number
  /** Of its container, in MB. */
  readonly memory?: number
  /** Of its container, in cores. */
  readonly cpu?: number
  readonly isolation?: Isolation
}

/** From `tggrid:options` (`idleTimeout`, `lifetime`: seconds; `memory`: MB; `cpu`: cores; `isolation`), else from `selenoid:options.sessionTimeout` (`"5m"`). @throws WebDriverError `invalid argument` */
export function sessionOptions (candidate: Capabilities): SessionOptions {
  const own = optionsOf(candidate, 'tggrid:options')
  const selenoid = optionsOf(candidate, 'selenoid:options')
  const idleTimeout = seconds(own['idleTimeout'], 'tggrid:options.idleTimeout') ?? duration(selenoid['sessionTimeout'], 'selenoid:options.sessionTimeout')
  const lifetime = seconds(own['lifetime'], 'tggrid:options.lifetime')
  const memory = amount(own['memory'], 'tggrid:options.memory', 64)
  const cpu = amount(own['cpu'], 'tggrid:options.cpu', 0.01)
  return { ...idleTimeout === undefined ? {} : { idleTimeout }, ...lifetime === undefined ? {} : { lifetime }, ...memory === undefined ? {} : { memory: Math.floor(memory) }, ...cpu === undefined ? {} : { cpu }, ...isolationOf(own['isolation']) }
}

function isolationOf (value: unknown): SessionOptions {
  if (value === undefined || value === null) return {}
  const isolation = isolationNames.find(name => name === value)
  if (isolation === undefined) throw new WebDriverError('invalid argument', `tggrid:options.isolation has to be one of ${isolationNames.join(', ')}, and is ${JSON.stringify(value)}`)
  return { isolation }
}

function amount (value: unknown, name: string, least: number): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !(value >= least && value <= 2 ** 24)) throw new WebDriverError('invalid argument', `${name} has to be a number from ${least}, and is ${JSON.stringify(value)}`)
  return value
}

function optionsOf (candidate: Capabilities, name: string): Capabilities {
  const options = candidate[name] ?? {}
  if (typeof options !== 'object' || Array.isArray(options)) throw new WebDriverError('invalid argument', `${name} has to be an object`)
  return options as Capabilities
}

function seconds (value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !(value > 0 && value <= 2_147_483)) throw new WebDriverError('invalid argument', `${name} has to be a number of seconds above 0, and is ${JSON.stringify(value)}`)
  return value * 1000
}

const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** A duration as Go writes it: `1h30m`, `90s`. */
function duration (value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined
  const text = String(value)
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)]
  const sum = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0)
  if (parts.map(([part]) => part).join('') !== text || !(sum > 0 && sum <= 2_147_483_000)) throw new WebDriverError('invalid argument', `${name} has to be a duration such as "5m" or "1h30m", and is ${JSON.stringify(value)}`)
  return sum
}
