/** From the answer to DELETE until the only slot has a warm session again. Ratio: to a new session of chromedriver alone. */
import { startProcess } from '../test/support/process-grid.js'
import { newSession } from '../test/support/webdriver.js'
import { startChromedriver } from './chromedriver.js'
import { quiet, timed } from './new-session.js'
import { median, quantile, timesRow, type Result, type Row, type Run } from './suite.js'

export async function recycle ({ scope, quick, say }: Run): Promise<Result> {
  const driver = await startChromedriver(scope)
  const grid = await startProcess(scope, { 'pool.size': 1, 'pool.warm': 1 })
  const warm = (): Promise<void> => quiet(grid.hub, 1)
  const times: number[] = []
  const alone: number[] = []
  for (let i = 0; i < (quick ? 15 : 60); i++) {
    if (i % 5 === 0) say(`sample ${i + 1}`)
    await warm()
    const session = await newSession(grid.hub, { browserName: 'chrome' })
    await session.do('POST /url', { url: 'data:text/html,<title>used</title>' })
    await session.quit()
    const begin = performance.now()
    await warm()
    times.push(performance.now() - begin)
    alone.push(await timed(() => driver.newSession(), ({ id }) => driver.end(id)))
  }
  const row = (name: string, contender: string, values: readonly number[]): Row => timesRow({ suite: 'recycle', case: name, contender, unit: 'ms', ratio: median(values) / median(alone), reference: 'chromedriver' }, values)
  return {
    rows: [row('end of a session to a warm slot', 'tggrid', times), row('New Session alone', 'chromedriver', alone)],
    targets: [{ what: 'recycling, p95', figure: quantile(times, 0.95), bound: 1000, is: 'at most', unit: 'ms' }]
  }
}
