/** How long a client waits for a session. Ratio: how many times faster than chromedriver alone. */
import { setTimeout as pause } from 'node:timers/promises'
import { call, newSession, rawSession, type RawSession, type Reply } from '../test/support/webdriver.js'
import { metricsOf } from '../test/support/pool.js'
import { startProcess } from '../test/support/process-grid.js'
import { until } from '../test/support/until.js'
import { startChromedriver } from './chromedriver.js'
import { firstPages } from './first-page.js'
import { startProgram } from './program.js'
import { median, quantile, Samples, timesRow, type Result, type Run } from './suite.js'
import { thinSession } from './thin-client.js'

/** A browser that has just been opened, or told to go, is busy for so long, in milliseconds. */
const settling = 300
/** Warm slots of the burst. */
const burst = 4
const bursts = `burst of ${burst}, the last answer`
const nothing = 'an answer to the same request by a server that does nothing'
const contenders: Readonly<Record<string, string>> = { 'driver alone': 'chromedriver', [nothing]: 'Node.js' }

export async function newSessions (run: Run): Promise<Result> {
  const webdriver = await webdriverSessions(run)
  const others = await firstPages(run)
  return { rows: [...webdriver.rows, ...others.rows], targets: [...webdriver.targets, ...others.targets] }
}

async function webdriverSessions ({ scope, quick, say }: Run): Promise<Result> {
  const driver = await startChromedriver(scope)
  const grid = await startProcess(scope, { 'pool.size': burst + 2, 'pool.warm': burst })
  const full = await startProcess(scope, { 'pool.size': 1, 'pool.warm': 1 })
  const bare = await startBareServer(scope)
  const unknown = (): Record<string, string | object> => ({ browserName: 'chrome', 'goog:chromeOptions': { args: [`--bench=${process.pid}-${++asked}`] } })
  let asked = 0
  const samples = quick ? 10 : 40
  say('first sessions, not counted: code that has just been started is slow')
  for (let i = 0; i < 8; i++) {
    await atRest(grid.hub)
    await timed(() => thinSession(grid.hub, { browserName: 'chrome' }), session => session.quit())
    await timed(() => byRest(grid.urls['REST API'] ?? ''), session => rawSession(grid.hub, session.id).quit())
  }
  const times = new Samples()
  for (let i = 0; i < samples; i++) {
    if (i % 4 === 0) say(`sample ${i + 1} of ${samples}`)
    await atRest(grid.hub)
    times.add('hit, WebDriver', await timed(() => thinSession(grid.hub, { browserName: 'chrome' }), session => session.quit()))
    await atRest(grid.hub)
    times.add('hit, WebDriver, by Node.js\' own client', await timed(() => newSession(grid.hub, { browserName: 'chrome' }), session => session.quit()))
    await atRest(grid.hub)
    times.add(nothing, await timed(() => thinSession(bare, { browserName: 'chrome' }), async () => {}))
    await atRest(grid.hub)
    times.add('hit, REST', await timed(() => byRest(grid.urls['REST API'] ?? ''), session => rawSession(grid.hub, session.id).quit()))
    await atRest(grid.hub)
    times.add('blank slot, WebDriver', await timed(() => thinSession(grid.hub, unknown()), session => session.quit()))
    await atRest(grid.hub)
    times.add('blank slot, REST', await timed(() => byRest(grid.urls['REST API'] ?? '', unknown()), session => rawSession(grid.hub, session.id).quit()))
    await atRest(full.hub, 1)
    times.add('miss in a full pool, WebDriver', await timed(() => thinSession(full.hub, unknown()), session => session.quit()))
    await quiet(full.hub, 1)
    await atRest(grid.hub)
    times.add('driver alone', await timed(() => driver.newSession(), ({ id }) => driver.end(id)))
  }
  for (let i = 0; i < (quick ? 3 : 10); i++) {
    say(`burst ${i + 1}`)
    await atRest(grid.hub)
    times.add(bursts, await burstTime(grid.hub, { browserName: 'chrome' }, burst))
  }
  const reference = times.median('driver alone')
  const hits = times.of('hit, WebDriver')
  return {
    rows: times.names.map(name => timesRow({ suite: 'new-session', case: name, contender: contenders[name] ?? 'tggrid', unit: 'ms', ratio: reference / times.median(name), reference: 'chromedriver' }, times.of(name))),
    targets: [
      { what: 'a hit, p50', figure: median(hits), bound: 5, is: 'at most', unit: 'ms' },
      { what: 'a hit, p99', figure: quantile(hits, 0.99), bound: 30, is: 'at most', unit: 'ms' },
      { what: 'a hit, times faster than chromedriver', figure: reference / median(hits), bound: 60, is: 'at least', unit: '×' },
      { what: `a burst of ${burst}, p50`, figure: times.median(bursts), bound: 100, is: 'at most', unit: 'ms' }
    ]
  }
}

async function startBareServer (scope: Run['scope']): Promise<string> {
  let port = ''
  await startProgram(scope, { command: process.execPath, args: [new URL('bare-server.js', import.meta.url).pathname], ready: lines => { port = lines[0] ?? ''; return port !== '' } })
  return `http://127.0.0.1:${port}`
}

/** Waits until all that is to be warm is, and nothing is being launched. @param leased sessions that go on */
export async function quiet (hub: string, warm = burst, leased = 0): Promise<void> {
  await until('the pool is warm', async () => {
    const metrics = await metricsOf(hub)
    return metrics.warm >= warm && metrics.leased === leased
  })
}

/** The same, and nothing is busy any more with what was before. */
export async function atRest (hub: string, warm = burst, leased = 0): Promise<void> {
  await quiet(hub, warm, leased)
  await pause(settling)
}

/** Milliseconds until that many sessions, asked for at once, are all there. */
export function burstTime (hub: string, capabilities: object, count: number): Promise<number> {
  const open = (): Promise<RawSession[]> => Promise.all(Array.from({ length: count }, () => thinSession(hub, capabilities)))
  return timed(open, sessions => Promise.all(sessions.map(session => session.quit())))
}

/** Milliseconds that opening takes; closing is not counted. */
export async function timed<T> (open: () => Promise<T>, close: (opened: T) => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  const opened = await open()
  const time = performance.now() - begin
  await close(opened)
  return time
}

/** @param capabilities what nobody has asked for yet; without them it has to be a hit */
async function byRest (create: string, capabilities?: object): Promise<{ id: string }> {
  const { status, body }: Reply<{ session: { id: string, poolHit: boolean } }> = await call(`POST ${create}`, { body: { browser: 'chrome', ...capabilities === undefined ? {} : { capabilities } } })
  if (status >= 300 || body.session.poolHit !== (capabilities === undefined)) throw new Error(`not what was asked for: ${status} ${JSON.stringify(body)}`)
  return body.session
}
