/** What the machine has, and the defaults that follow from it. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism, hostname, totalmem } from 'node:os'
import { join } from 'node:path'
import { usualPort } from '../link/trust.js'
import { dataFolder } from './environment.js'
import { ConfigError } from './error.js'

export interface Machine {
  /** Processors that this process may use, rounded up. */
  readonly cores: number
  /** In MiB; a container's limit counts. */
  readonly memory: number
  /** `config/browsers.json` where there is one. */
  readonly browsersFile: string | null
  readonly hostname: string
}

/** This machine, or the container that we are in. */
export function thisMachine (): Machine {
  const limit = process.constrainedMemory()
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem()
  const file = 'config/browsers.json'
  return {
    cores: Math.min(availableParallelism(), processorLimit()),
    memory: Math.floor(memory / 2 ** 20),
    browsersFile: existsSync(file) ? file : null,
    hostname: hostname()
  }
}

/** MiB that one browser with a page of ordinary weight takes; an idle one was measured at 102 to 148. */
export const memoryPerBrowser = 300

/**
 * Defaults of the keys that the schema gives none.
 * @param given what has been set, by path, since the two sizes of the pool depend on each other
 */
export function computedDefaults (machine: Machine, given: ReadonlyMap<string, unknown>): Map<string, unknown> {
  const { cores, memory } = machine
  const fits = Math.max(1, Math.min(5 * cores, Math.floor(memory * 0.8 / memoryPerBrowser)))
  const askedWarm = Number(given.get('pool.warm') ?? 0)
  const size = Number(given.get('pool.size') ?? Math.max(fits, askedWarm))
  const warm = Number(given.get('pool.warm') ?? Math.min(2 * cores, size))
  return new Map<string, unknown>([
    ['pool.size', size],
    ['pool.warm', warm],
    ['playwright.warm', Math.max(0, Math.min(1, warm, size - warm))],
    ['playwright.folder', join(dataFolder(), 'tggrid', 'playwright')],
    ['pool.launches', cores],
    ['name', nameOf(machine, given)],
    ['container.engine', 'unix:///var/run/docker.sock'],
    ['session.maxIdleTimeout', Math.max(3600, Number(given.get('session.idleTimeout') ?? 0))],
    ['tokenSecret', randomBytes(32).toString('hex')],
    ['browsers', machine.browsersFile],
    ...gridDefaults(given)
  ])
}

/** Routers and agents listen for each other wherever they can tell each other from strangers. */
function gridDefaults (given: ReadonlyMap<string, unknown>): [string, unknown][] {
  const secret = given.get('grid.secret') ?? secretIn(given.get('grid.secretFile'))
  const trusted = secret !== null || (given.get('grid.ca') ?? null) !== null
  const wanted = trusted || (given.get('role') ?? 'all') !== 'all'
  return [['grid.secret', secret], ['grid.port', wanted ? usualPort : null], ['grid.host', trusted ? '0.0.0.0' : '127.0.0.1']]
}

/** @throws ConfigError when the file cannot be read, or what is in it is too short to keep anybody out */
function secretIn (file: unknown): string | null {
  if (typeof file !== 'string') return null
  try {
    const secret = readFileSync(file, 'utf8').trim()
    if (secret.length >= 16) return secret
  } catch (error) {
    throw new ConfigError([`grid.secretFile: ${file} cannot be read: ${(error as Error).message}`])
  }
  throw new ConfigError([`grid.secretFile: ${file} has to hold a secret of at least 16 characters`])
}

/** Two grids of one machine cannot have the same ports; one whose ports change has nothing to find again. */
function nameOf ({ hostname }: Machine, given: ReadonlyMap<string, unknown>): string {
  const own = given.get('role') === 'agent' ? [given.get('grid.port') ?? usualPort] : []
  const port = [...own, given.get('listen.hubPort') ?? 4444, given.get('listen.apiPort') ?? 3000, given.get('listen.poolPort') ?? 3002].find(port => port !== null)
  return port === 0 || port === undefined ? randomBytes(8).toString('hex') : `${hostname}:${String(port)}`
}

// Node counts the processors of the machine; a container's quota is only in its control group (cgroup v2, "cpu.max").
function processorLimit (): number {
  try {
    const [quota, period] = readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').split(' ').map(Number)
    return quota !== undefined && period !== undefined && quota > 0 ? Math.max(1, Math.ceil(quota / period)) : Infinity
  } catch {
    return Infinity
  }
}
