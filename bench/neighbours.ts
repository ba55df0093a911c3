/** What a page that does not care for others does to its neighbour's latency: in the same browser as a context, and in a browser of its own. */
import { startSite } from '../test/support/site.js'
import { startProcess } from '../test/support/process-grid.js'
import { execute, newSession, type RawSession } from '../test/support/webdriver.js'
import { atRest } from './new-session.js'
import { median, quantile, type Result, type Row, type Run } from './suite.js'

/** Something is done until it is called off. */
type Nuisance = (hub: string, site: string, over: AbortSignal) => Promise<void>

/** A page's script goes on by itself, in pieces that leave its driver a word. */
const inPage = (script: string): Nuisance => async (hub, site, over) => {
  const session = await newSession(hub, chrome)
  await session.do('POST /url', { url: site })
  await execute(session, script)
  await new Promise(resolve => over.addEventListener('abort', resolve))
  await session.quit()
}

const again = (act: (session: RawSession) => Promise<unknown>): Nuisance => async (hub, site, over) => {
  while (!over.aborted) {
    const session = await newSession(hub, chrome)
    await session.do('POST /url', { url: site })
    await act(session).catch(() => {}) // a page that has crashed says so
    await session.quit()
  }
}

const chrome = { browserName: 'chrome' }
const nuisances: Readonly<Record<string, Nuisance>> = {
  'burns a core': inPage('const burn = () => { const end = performance.now() + 100; while (performance.now() < end); setTimeout(burn) }; setTimeout(burn)'),
  'opens a thousand frames, again and again': inPage(`const open = () => {
    document.body.replaceChildren(...Array.from({ length: 1000 }, () => Object.assign(document.createElement('iframe'), { srcdoc: '<p>one of many' })))
    setTimeout(open, 2000)
  }; setTimeout(open)`),
  'fills its quota': inPage(`const store = async () => {
    const cache = await caches.open('all')
    for (let i = 0; ; i++) await cache.put('/' + i, new Response(crypto.getRandomValues(new Uint8Array(65536))))
  }; setTimeout(() => store().catch(() => {}))`),
  prints: again(async session => { for (let i = 0; i < 20; i++) await session.do('POST /print') }),
  'crashes, again and again': again(async session => await session.do('POST /goog/cdp/execute', { cmd: 'Page.crash', params: {} }))
}

export async function neighbours ({ scope, quick, say }: Run): Promise<Result> {
  const site = await startSite(scope)
  const rows: Row[] = []
  for (const isolation of ['process', 'context']) {
    const { hub } = await startProcess(scope, { isolation, 'pool.size': 4, 'pool.warm': 2 })
    const session = await newSession(hub, chrome)
    await session.do('POST /url', { url: site })
    await latencies(session, 100) // code that has just been started is slow
    const count = quick ? 150 : 500
    let alone = NaN
    for (const [what, nuisance] of [['nobody', undefined] as const, ...Object.entries(nuisances)]) {
      say(`${isolation}: ${what}`)
      await atRest(hub, 1)
      const over = new AbortController()
      const going = nuisance?.(hub, site, over.signal)
      if (going !== undefined) await Promise.race([new Promise(resolve => setTimeout(resolve, 1500)), going.then(() => { throw new Error(`${what}: it is over already`) })])
      const times = await latencies(session, count)
      over.abort()
      await going
      if (going === undefined) alone = median(times)
      rows.push({ suite: 'neighbours', case: `a command beside a page that ${what}`.replace('a page that nobody', 'nobody'), contender: `tggrid, ${isolation}`, p50: median(times), p99: quantile(times, 0.99), perSecond: NaN, unit: 'ms', ratio: median(times) / alone, reference: 'beside nobody' })
    }
    await session.quit()
  }
  return { rows, targets: [] }
}

/** Of a script that the page runs. */
async function latencies (session: RawSession, count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const begin = performance.now()
    if (await execute(session, 'return 1') !== 1) throw new Error('the page does not answer')
    times.push(performance.now() - begin)
  }
  return times
}
