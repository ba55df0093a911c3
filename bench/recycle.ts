/** From the answer to DELETE until the only slot has a warm session again. Ratio: to a new session of chromedriver alone. */
import { metricsOf } from '../test/support/pool.js'
import { startProcess } from '../test/support/process-grid.js'
import { until } from '../test/support/until.js'
import { newSession } from '../test/support/webdriver.js'
import { median, quantile, type Result, type Run } from './suite.js'

export async function recycle ({ scope, quick, say }: Run): Promise<Result> {
  const grid = await startProcess(scope, { 'pool.size': 1, 'pool.warm': 1 })
  const warm = (): Promise<unknown> => until('the slot is warm', async () => (await metricsOf(grid.hub)).warm === 1)
  const times: number[] = []
  for (let i = 0; i < (quick ? 15 : 60); i++) {
    if (i % 5 === 0) say(`sample ${i + 1}`)
    await warm()
    const session = await newSession(grid.hub, { browserName: 'chrome' })
    await session.do('POST /url', { url: 'data:text/html,<title>used</title>' })
    await session.quit()
    const begin = performance.now()
    await warm()
    times.push(performance.now() - begin)
  }
  return {
    rows: [{ suite: 'recycle', case: 'end of a session to a warm slot', contender: 'tggrid', p50: median(times), p99: quantile(times, 0.99), perSecond: 1000 / median(times), unit: 'ms', ratio: 1, reference: 'itself' }],
    targets: [{ what: 'recycling, p95', figure: quantile(times, 0.95), bound: 1000, is: 'at most', unit: 'ms' }]
  }
}
