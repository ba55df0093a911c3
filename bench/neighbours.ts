/**
 * What a page that does not care for others does to the latency of its neighbour's commands: as a context of the same browser, and in a browser of its
 * own. Ratio: how many times longer a command takes than beside nobody.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { startProcess } from '../test/support/process-grid.js'
import { startSite } from '../test/support/site.js'
import { execute, newSession, type RawSession } from '../test/support/webdriver.js'
import { atRest } from './new-session.js'
import { median, quantile, type Result, type Row, type Run } from './suite.js'

/** Done until it is called off. */
type Nuisance = (hub: string, site: string, over: AbortSignal) => Promise<void>

const chrome = { browserName: 'chrome' }
/** How long a nuisance has gone on before it is looked what it does, in milliseconds. */
const prelude = 1000
/** What a page stores at most, in MiB: it may be in memory. */
const mostStored = 2048

const nuisances: Readonly<Record<string, Nuisance>> = {
  'burns a core': inPage('const burn = () => { const end = performance.now() + 100; while (performance.now() < end); setTimeout(burn) }; setTimeout(burn)'),
  'opens a thousand frames, again and again': inPage(`const open = () => {
    document.body.replaceChildren(...Array.from({ length: 1000 }, () => Object.assign(document.createElement('iframe'), { srcdoc: '<p>one of many' })))
    setTimeout(open, 2000)
  }; setTimeout(open)`),
  'fills its quota': inPage(`const store = async () => {
    const cache = await caches.open('all')
    for (let i = 0; i < ${mostStored}; i++) await cache.put('/' + i, new Response(new Uint8Array(${2 ** 20})))
  }; store().catch(() => {})`),
  'prints, again and again': again(async session => { await session.do('POST /print') }),
  'crashes, again and again': again(async session => { await session.do('POST /url', { url: 'chrome://crash' }).catch(() => {}) })
}

export async function neighbours ({ scope, quick, say }: Run): Promise<Result> {
  const site = await startSite(scope)
  const rows: Row[] = []
  for (const isolation of ['process', 'context']) {
    const { hub } = await startProcess(scope, { isolation, 'pool.size': 4, 'pool.warm': 2 })
    const session = await newSession(hub, chrome)
    await session.do('POST /url', { url: site })
    const count = quick ? 100 : 500
    await latencies(session, count) // code that has just been started is slow
    await atRest(hub, 2, 1)
    const usual = await latencies(session, count)
    rows.push(rowOf({ who: 'nobody', isolation }, usual, usual))
    for (const [what, nuisance] of Object.entries(nuisances)) {
      say(`${isolation}: ${what}`)
      await atRest(hub, 2, 1)
      const over = new AbortController()
      let goesOn = true
      const going = nuisance(hub, site, over.signal).finally(() => { goesOn = false })
      going.catch(() => {}) // told below
      await pause(prelude)
      const times = await latencies(session, count)
      if (!goesOn) throw new Error(`the page that ${what} had ended`, { cause: await going.catch((error: unknown) => error) })
      over.abort()
      await going
      rows.push(rowOf({ who: `a page that ${what}`, isolation }, times, usual))
    }
    await session.quit()
  }
  return { rows, targets: [] }
}

function rowOf ({ who, isolation }: { readonly who: string, readonly isolation: string }, times: readonly number[], usual: readonly number[]): Row {
  return { suite: 'neighbours', case: `a command beside ${who}`, contender: `tggrid, ${isolation}`, p50: median(times), p99: quantile(times, 0.99), perSecond: NaN, unit: 'ms', ratio: median(times) / median(usual), reference: 'beside nobody' }
}

/** A page's script goes on by itself, in pieces that leave its driver a word. */
function inPage (script: string): Nuisance {
  return async (hub, site, over) => {
    const session = await newSession(hub, chrome)
    await session.do('POST /url', { url: site })
    execute(session, script).catch(() => {}) // its driver may wait for as long as the page is busy
    if (!over.aborted) await new Promise(resolve => over.addEventListener('abort', resolve))
    await session.quit()
  }
}

/** A session for each time. */
function again (act: (session: RawSession) => Promise<void>): Nuisance {
  return async (hub, site, over) => {
    while (!over.aborted) {
      const session = await newSession(hub, chrome)
      await session.do('POST /url', { url: site })
      await act(session)
      await session.quit()
    }
  }
}

/** Of a script that the page runs, one after the other; in milliseconds. */
export async function latencies (session: RawSession, count: number): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const begin = performance.now()
    if (await execute(session, 'return 1') !== 1) throw new Error('the page does not answer')
    times.push(performance.now() - begin)
  }
  return times
}
