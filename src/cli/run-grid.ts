/** `tggrid start`: one grid from its start to its last signal. */
import type { Logger } from 'pino'
import { findBrowsers, type Browsers } from '../config/browsers.js'
import { usualPlaces } from '../config/discover.js'
import { installedPlaywrights } from '../config/playwright.js'
import type { Loaded } from '../config/load.js'
import type { Config } from '../config/schema.js'
import { createLog, flushed } from './log.js'
import { addPlaywright } from './playwright.js'
import { explainListening } from './listening.js'
import { untilStopped } from './signals.js'

/** A grid that answers. */
export interface Grid {
  /** What a user wants to copy, by what it is. */
  readonly urls: Readonly<Record<string, string>>
  /** Whether browsers run in containers. */
  readonly containers: boolean
  /** Resolves when as many browsers are open as are to be, or when they cannot be opened; told of each in between. */
  warm (progress: (ready: number, wanted: number) => void): Promise<void>
  /** No new sessions; running ones get this long, in milliseconds. Leaves nothing behind. */
  stop (graceMs: number): Promise<void>
  /** Ends every child process at once. @param wanted somebody asked for it: what could outlive us, such as containers, goes too */
  kill (wanted: boolean): void
}

export type StartGrid = (config: Config, local: Browsers, log: Logger) => Promise<Grid>

/** Returns when the grid has stopped. @throws Failure when it cannot start */
export async function runGrid ({ config, provenance }: Loaded, startGrid: StartGrid): Promise<void> {
  const log = createLog(config.log)
  const local = await findBrowsers(config.browsers, usualPlaces())
  await addMissing(config, log)
  await untilStopped(log, config.session.grace * 1000, async () => {
    const grid = await startGrid(config, local, log).catch(error => { throw explainListening(error, config) })
    announce(grid, config, log)
    for (const path of ['container.memory', 'container.cpu']) {
      if (!grid.containers && provenance.get(path)?.from !== 'default') log.warn(`${path} is for containers: browsers run as local processes here, which are not limited`)
    }
    void grid.warm(progress(log)).then(() => log.info('ready'))
    return grid
  })
  await flushed(log)
}

/** Fetches the versions of Playwright that are configured and not there. */
async function addMissing ({ playwright: { versions, folder } }: Config, log: Logger): Promise<void> {
  const there = installedPlaywrights(folder).map(({ version }) => version)
  for (const version of versions.filter(version => !there.includes(version))) {
    log.info(`fetching Playwright ${version} from npm`)
    const { full } = await addPlaywright(folder, version)
    log.info(`Playwright ${full} is there`)
  }
}

/** A line for each further browser that is open. */
function progress (log: Logger): (ready: number, wanted: number) => void {
  let last = -1
  return (ready, wanted) => {
    if (ready !== last && wanted > 0) log.info(`${ready} of ${wanted} browsers are warm`)
    last = ready
  }
}

function announce ({ urls }: Grid, { log: { format } }: Config, log: Logger): void {
  if (format === 'json' || (format === 'auto' && !process.stdout.isTTY)) {
    log.info({ urls }, 'listening')
    return
  }
  const width = Math.max(...Object.keys(urls).map(name => name.length))
  const lines = Object.entries(urls).map(([name, url]) => `  ${name.padEnd(width)}  ${url}`)
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}
