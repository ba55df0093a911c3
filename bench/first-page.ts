/** How long clients of Playwright and Puppeteer wait for a browser, and for their first page. Ratio: how many times sooner than without tggrid. */
import { startProcess } from '../test/support/process-grid.js'
import { startSite } from '../test/support/site.js'
import { binaries, connectOverCdp, connectPlaywright, connectPuppeteer, launchPlaywright, launchPuppeteer, startRunServer, type Opener } from './clients.js'
import { atRest } from './new-session.js'
import { Samples, timesRow, type Result, type Row, type Run } from './suite.js'

const warm = { 'pool.warm': 2, 'playwright.warm': 2 }

interface Contest {
  readonly client: string
  readonly reference: string
  readonly without: Opener
  readonly tggrid: Opener
}

/** Rows and targets that belong to the suite `new-session`. */
export async function firstPages ({ scope, quick, say }: Run): Promise<Result> {
  const { full, shell } = await binaries()
  const site = await startSite(scope)
  const { hub } = await startProcess(scope, { 'pool.size': 6, ...warm })
  const contests: readonly Contest[] = [
    { client: 'Playwright', reference: 'run-server', without: await startRunServer(scope, shell), tggrid: connectPlaywright(hub) },
    { client: 'Puppeteer', reference: 'launch', without: launchPuppeteer(full), tggrid: connectPuppeteer(hub) },
    { client: 'connectOverCDP', reference: 'launch', without: launchPlaywright(full), tggrid: connectOverCdp(hub) }
  ]
  const times = new Samples()
  for (let i = 0; i < (quick ? 11 : 33); i++) {
    say(`first pages, round ${i + 1}`)
    for (const { client, reference, without, tggrid } of contests) {
      for (const [name, open] of [[reference, without], ['tggrid', tggrid]] as const) {
        await atRest(hub, 4)
        const { connect, page, close } = await open(site)
        await close()
        if (i >= 3) { // code that has just been started is slow
          times.add(`${client}, connect|${name}`, connect)
          times.add(`${client}, first page|${name}`, page)
        }
      }
    }
  }
  const rows = contests.flatMap(contest => rowsOf(contest, times))
  const ratio = (text: string): number => rows.find(row => row.case === text && row.contender === 'tggrid')?.ratio ?? NaN
  return {
    rows,
    targets: [
      { what: 'Playwright connects, p50', figure: times.median('Playwright, connect|tggrid'), bound: 15, is: 'at most', unit: 'ms' },
      { what: 'Playwright at a first page, times sooner than by run-server', figure: ratio('Playwright, first page'), bound: 2.3, is: 'at least', unit: '×' },
      { what: 'Puppeteer at a first page, times sooner than by launching', figure: ratio('Puppeteer, first page'), bound: 2.5, is: 'at least', unit: '×' },
      { what: 'connectOverCDP at a first page, times sooner than by launching', figure: ratio('connectOverCDP, first page'), bound: 2.5, is: 'at least', unit: '×' }
    ]
  }
}

function rowsOf ({ client, reference }: Contest, times: Samples): Row[] {
  return ['connect', 'first page'].flatMap(what => [reference, 'tggrid'].map(contender => {
    const name = `${client}, ${what}`
    return timesRow({ suite: 'new-session', case: name, contender, unit: 'ms', ratio: times.median(`${name}|${reference}`) / times.median(`${name}|${contender}`), reference }, times.of(`${name}|${contender}`))
  }))
}
