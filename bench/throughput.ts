/** Shortest useful sessions (open, one page, title, close) per second, with 4 clients. Ratio: to chromedriver alone, and to Playwright's run-server. */
import { startProcess } from '../test/support/process-grid.js'
import { startSite } from '../test/support/site.js'
import { newSession } from '../test/support/webdriver.js'
import { options, startChromedriver } from './chromedriver.js'
import { binaries, connectPlaywright, startRunServer, type Opener } from './clients.js'
import { quiet } from './new-session.js'
import { median, quantile, type Result, type Row, type Run } from './suite.js'

const clients = 4

export interface Place {
  readonly name: string
  /** One whole session. */
  readonly session: (site: string) => Promise<void>
  /** Resolves when it is ready for the next round. */
  readonly ready: () => Promise<void>
}

export async function throughput (run: Run): Promise<Result> {
  const { scope } = run
  const driver = await startChromedriver(scope)
  const grid = await startProcess(scope, { 'pool.size': clients + 2, 'pool.warm': clients })
  const rows = await throughputOf(run, 'throughput', [
    { name: 'chromedriver', session: byWebDriver(driver.hub, options), ready: async () => {} },
    { name: 'tggrid', session: byWebDriver(grid.hub, { browserName: 'chrome' }), ready: () => quiet(grid.hub, clients) }
  ])
  const playwright = await playwrightThroughput(run)
  return {
    rows: [...rows, ...playwright],
    targets: [
      { what: 'sessions per second, in chromedriver\'s', figure: rows[1]?.ratio ?? NaN, bound: 1.25, is: 'at least', unit: '×' },
      { what: 'sessions per second by Playwright, in run-server\'s', figure: playwright[1]?.ratio ?? NaN, bound: 1.2, is: 'at least', unit: '×' }
    ]
  }
}

async function playwrightThroughput (run: Run): Promise<Row[]> {
  const { scope } = run
  const { hub } = await startProcess(scope, { 'pool.size': clients + 2, 'pool.warm': 0, 'playwright.warm': clients })
  const { shell } = await binaries()
  const runServer = await startRunServer(scope, shell)
  return await throughputOf(run, 'throughput', [
    { name: 'run-server', session: byPlaywright(runServer), ready: async () => {} },
    { name: 'tggrid, Playwright', session: byPlaywright(connectPlaywright(hub)), ready: () => quiet(hub, clients) }
  ])
}

/** @param page instead of the site's, for browsers that do not reach it */
export function byWebDriver (hub: string, capabilities: object, page?: string): Place['session'] {
  return async site => {
    const session = await newSession(hub, capabilities)
    await session.do('POST /url', { url: page ?? `${site}/other` })
    const title = await session.do('GET /title')
    if (title !== 'Other') throw new Error(`the title is ${title}`)
    await session.quit()
  }
}

export function byPlaywright (open: Opener): Place['session'] {
  return async site => { await (await open(site)).close() }
}

/** The first place is the reference. Beginning with a warm pool is not counted: each round goes on for a while before it is. */
export async function throughputOf ({ scope, quick, say }: Run, suite: string, places: readonly Place[]): Promise<Row[]> {
  const site = await startSite(scope)
  const seen = places.map(place => ({ place, times: [] as number[], seconds: 0 }))
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const entry of seen) {
      say(`${clients} clients, ${entry.place.name}`)
      await entry.place.ready()
      await sessions(entry.place, site, 4)
      const begin = performance.now()
      entry.times.push(...await sessions(entry.place, site, quick ? 10 : 25))
      entry.seconds += (performance.now() - begin) / 1000
    }
  }
  const rate = ({ times, seconds }: typeof seen[number]): number => times.length / seconds
  return seen.map(entry => ({ suite, case: `open, page, title, close; ${clients} clients`, contender: entry.place.name, p50: median(entry.times), p99: quantile(entry.times, 0.99), perSecond: rate(entry), unit: 'ms', ratio: rate(entry) / rate(seen[0] ?? entry), reference: places[0]?.name ?? '' }))
}

/** Milliseconds of each session that was completed. */
async function sessions ({ session }: Place, site: string, seconds: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + seconds * 1000
  await Promise.all(Array.from({ length: clients }, async () => {
    for (let begin = performance.now(); begin < end; begin = performance.now()) {
      await session(site)
      times.push(performance.now() - begin)
    }
  }))
  return times
}
