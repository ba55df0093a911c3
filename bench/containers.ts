/** Browsers in containers: a hit, recycling in both ways, short sessions per second. Ratio: to chromedriver alone, without any container. */
import { readFileSync } from 'node:fs'
import { startProcess, type ProcessGrid } from '../test/support/process-grid.js'
import { metricsOf } from '../test/support/pool.js'
import { newSession } from '../test/support/webdriver.js'
import { options, startChromedriver } from './chromedriver.js'
import { engine } from './engine.js'
import { atRest, quiet, timed } from './new-session.js'
import { median, quantile, Samples, timesRow, type Result, type Run } from './suite.js'
import { byWebDriver, throughputOf } from './throughput.js'

const ways = ['browser', 'container'] as const
const clients = 4
const page = 'data:text/html,<title>Other</title>'

export async function containers (run: Run): Promise<Result> {
  const { scope, quick, say } = run
  const driver = await startChromedriver(scope)
  const start = (way: string, size: number, warm: number): Promise<ProcessGrid> =>
    startProcess(scope, { runtime: 'docker', name: `bench-${process.pid}-${way}-${size}`, 'container.engine': engine, 'container.recycle': way, 'pool.size': size, 'pool.warm': warm })
  const times = new Samples()
  for (const way of ways) {
    const grid = await start(way, 1, 1)
    for (let i = 0; i < (quick ? 13 : 43); i++) {
      if (i % 5 === 0) say(`${way}, sample ${i + 1}`)
      await atRest(grid.hub, 1)
      const busy = processorTime()
      const begin = performance.now()
      const session = await newSession(grid.hub, { browserName: 'chrome' })
      const hit = performance.now() - begin
      await session.do('POST /url', { url: 'data:text/html,<title>used</title>' })
      await session.quit()
      const ended = performance.now()
      await quiet(grid.hub, 1)
      if (i < 3) continue // code that has just been started is slow
      times.add(`hit|${way}`, hit)
      times.add(`recycle|${way}`, performance.now() - ended)
      times.add(`cpu|${way}`, processorTime() - busy)
      if (way === 'browser') times.add('alone', await timed(() => driver.newSession(), ({ id }) => driver.end(id)))
    }
    grid.child.kill('SIGTERM')
    await grid.ended
  }
  const grids = { browser: await start('browser', clients + 2, clients), container: await start('container', clients + 2, clients) }
  const speed = await throughputOf(run, 'containers', [
    { name: 'chromedriver', session: byWebDriver(driver.hub, options, page), ready: async () => {} },
    ...ways.map(way => ({ name: `tggrid, ${way}`, session: byWebDriver(grids[way].hub, { browserName: 'chrome' }, page), ready: () => quiet(grids[way].hub, clients) }))
  ])
  const { totalReused, totalCreated } = await metricsOf(grids.browser.hub)
  const alone = times.of('alone')
  const rows = ways.flatMap(way => [
    timesRow({ suite: 'containers', case: 'hit', contender: `tggrid, ${way}`, unit: 'ms', ratio: median(alone) / times.median(`hit|${way}`), reference: 'chromedriver' }, times.of(`hit|${way}`)),
    timesRow({ suite: 'containers', case: 'end of a session to a warm slot', contender: `tggrid, ${way}`, unit: 'ms', ratio: times.median(`recycle|${way}`) / median(alone), reference: 'chromedriver' }, times.of(`recycle|${way}`)),
    timesRow({ suite: 'containers', case: 'processor time of a session and its recycling', contender: `tggrid, ${way}`, unit: 'ms', ratio: NaN, reference: '' }, times.of(`cpu|${way}`))
  ])
  return {
    rows: [timesRow({ suite: 'containers', case: 'New Session alone', contender: 'chromedriver', unit: 'ms', ratio: 1, reference: 'chromedriver' }, alone), ...rows, ...speed],
    targets: [
      { what: 'a hit in a container, p50', figure: times.median('hit|browser'), bound: 8, is: 'at most', unit: 'ms' },
      { what: 'a hit in a container, p99', figure: quantile(times.of('hit|browser'), 0.99), bound: 30, is: 'at most', unit: 'ms' },
      ...ways.map(way => ({ what: `recycling (${way}), p95`, figure: quantile(times.of(`recycle|${way}`), 0.95), bound: 1000, is: 'at most' as const, unit: 'ms' })),
      { what: 'sessions per second in containers, in chromedriver\'s without', figure: speed[1]?.ratio ?? NaN, bound: 1.2, is: 'at least', unit: '×' },
      { what: 'containers used again, of all', figure: totalReused / (totalReused + totalCreated), bound: 0.9, is: 'at least', unit: '' }
    ]
  }
}

/** Of the whole machine since its start, in milliseconds (proc(5), /proc/stat; all but idle and waiting). */
export function processorTime (): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = (readFileSync('/proc/stat', 'latin1').split('\n', 1)[0] ?? '').split(/\s+/).slice(1).map(Number)
  return (user + nice + system + interrupts + soft) * 10
}
