/** A grid within the test's own process, on free ports, with few browsers; it ends with its test. */
import { pino } from 'pino'
import type { Test } from 'tap'
import { start } from '../../src/assemble.js'
import type { Grid } from '../../src/cli/run-grid.js'
import { findBrowsers, type LocalBrowser } from '../../src/config/browsers.js'
import { usualPlaces } from '../../src/config/discover.js'
import { keyOf } from '../../src/config/keys.js'
import { loadConfig } from '../../src/config/load.js'
import { until } from './until.js'

export type Settings = Readonly<Record<string, string | number | boolean | readonly object[] | readonly string[] | null>>

/** A line of the log, such as `{ msg: 'session started', session }`. */
export type Entry = Readonly<Record<string, unknown>> & { readonly msg: string }

export interface TestGrid {
  /** Without a slash at the end. */
  readonly hub: string
  readonly api: string
  readonly pool: string
  readonly log: readonly Entry[]
  /** Resolves when all that is to be warm is. */
  warm (): Promise<void>
  /** Once is enough; the test's end does it too. */
  stop (graceMs?: number): Promise<void>
}

export interface Options {
  /** Instead of the browsers of this machine. */
  readonly browsers?: readonly LocalBrowser[]
  /** Whether to wait until the pool is warm. */
  readonly wait?: boolean
}

const small: Settings = {
  runtime: 'process',
  'listen.hubPort': 0,
  'listen.apiPort': 0,
  'listen.poolPort': 0,
  'pool.size': 3,
  'pool.warm': 1,
  'playwright.warm': 0,
  'log.level': 'debug'
}

/** @param settings by key path, such as `session.idleTimeout` */
export async function startGrid (t: Pick<Test, 'teardown'>, settings: Settings = {}, { browsers, wait = true }: Options = {}): Promise<TestGrid> {
  const log: Entry[] = []
  const local = browsers ?? await localBrowsers()
  const grid = byTwo ? await startTwo(settings, local, log) : await startOne(settings, local, log)
  let stopped: Promise<void> | undefined
  const stop = (graceMs = 0): Promise<void> => {
    stopped ??= grid.stop(graceMs)
    return stopped
  }
  t.teardown(() => stop())
  const warm = (): Promise<void> => grid.warm(() => {})
  if (wait) await warm()
  const at = (name: string): string => new URL(grid.urls[name] ?? '').origin
  return { hub: at('Selenium Hub'), api: at('REST API'), pool: at('Pool'), log, warm, stop }
}

/** Every suite can be run through a router and an agent of its own, instead of through one process that is both. */
const byTwo = process.env['TGGRID_TEST_HOSTS'] === '1'

/** And with sessions of each isolation that there is, instead of what the runtime has. */
const isolated: Settings = process.env['TGGRID_TEST_ISOLATION'] === undefined ? {} : { isolation: process.env['TGGRID_TEST_ISOLATION'] }

async function startOne (settings: Settings, browsers: readonly LocalBrowser[], log: Entry[]): Promise<Grid> {
  const { config } = loadConfig({ environment: environmentOf({ ...small, ...isolated, ...settings }) })
  return await start(config, { browsers, notes: [] }, pino({ level: config.log.level, base: null }, { write: line => { log.push(JSON.parse(line) as Entry) } }))
}

async function startTwo (settings: Settings, browsers: readonly LocalBrowser[], log: Entry[]): Promise<Grid> {
  const trust = { 'grid.secret': 'what only these two know', 'grid.host': '127.0.0.1', 'grid.port': 0 }
  const agent = await startOne({ ...settings, ...trust, role: 'agent', users: [] }, browsers, log)
  const router = await startOne({ ...settings, ...trust, role: 'router', 'grid.agents': [agent.urls['Agent'] ?? ''] }, [], log).catch(async error => { await agent.stop(0); throw error })
  const { host } = new URL(router.urls['Selenium Hub'] ?? router.urls['REST API'] ?? router.urls['Pool'] ?? '')
  await until('the agent has joined', async () => ((await (await fetch(`http://${host}/readyz`)).json()) as { message: string }).message !== 'no agent has joined yet')
  return {
    ...router,
    warm: progress => agent.warm(progress),
    async stop (grace) {
      await router.stop(grace)
      await agent.stop(grace)
    },
    kill () {
      router.kill(false)
      agent.kill(false)
    }
  }
}

let found: Promise<readonly LocalBrowser[]> | undefined

/** What this machine has, looked for once. */
export function localBrowsers (): Promise<readonly LocalBrowser[]> {
  found ??= findBrowsers(null, usualPlaces()).then(({ browsers }) => browsers)
  return found
}

/** Settings as the variables of an environment. */
export function environmentOf (settings: Settings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([path, value]) => {
    const name = keyOf.get(path)?.environment.at(-1)
    if (name === undefined) throw new Error(`there is no setting ${path}`)
    return [name, value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value)]
  }))
}
