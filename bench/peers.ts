/** The same work side by side with Selenium Grid 4. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { startProcess } from '../test/support/process-grid.js'
import { call, type RawSession } from '../test/support/webdriver.js'
import { options, startChromedriver } from './chromedriver.js'
import { load, type Load, type Times } from './load.js'
import { atRest, burstTime, timed } from './new-session.js'
import { startStandalone } from './selenium-grid.js'
import { median, Samples, timesRow, type Result, type Row, type Run } from './suite.js'
import { thinSession } from './thin-client.js'
import { byWebDriver, throughputOf } from './throughput.js'

const slots = 4

interface Hub {
  readonly name: string
  readonly hub: string
  readonly capabilities: object
  /** Resolves when it is ready for the next sample. */
  readonly ready: () => Promise<void>
}

export async function peers (run: Run): Promise<Result> {
  const { scope, quick, say } = run
  say('starting Selenium Grid')
  const driver = await startChromedriver(scope)
  const grid = await startProcess(scope, { 'pool.size': slots + 2, 'pool.warm': slots })
  const places: Hub[] = [
    { name: 'chromedriver', hub: driver.hub, capabilities: options, ready: async () => {} },
    { name: 'tggrid', hub: grid.hub, capabilities: { browserName: 'chrome' }, ready: () => atRest(grid.hub, slots) },
    { name: 'Selenium Grid', hub: await startStandalone(scope, slots), capabilities: options, ready: async () => {} }
  ]
  for (const place of places) await warmUp(place, say)
  const cases = { opened: new Samples(), bursts: new Samples(), ended: new Samples(), commands: new Samples(), crowded: new Samples(), devtools: new Samples() }
  for (let i = 0; i < (quick ? 4 : 20); i++) {
    for (const place of places) {
      say(`sample ${i} of ${place.name}`)
      await measure(place, cases)
    }
  }
  for (let i = 0; i < (quick ? 2 : 8); i++) {
    for (const { name, hub, capabilities, ready } of places) {
      await ready()
      cases.bursts.add(name, await burstTime(hub, capabilities, slots))
    }
  }
  const rows = [
    ...rowsOf('New Session', cases.opened, 'ms'),
    ...rowsOf(`burst of ${slots} New Sessions, the last answer`, cases.bursts, 'ms'),
    ...rowsOf('end of a session', cases.ended, 'ms'),
    ...rowsOf('chromedriver\'s timeouts, 1 connection', cases.commands, 'µs'),
    ...rowsOf('chromedriver\'s timeouts, 16 connections', cases.crowded, 'µs'),
    ...rowsOf('DevTools over WebSocket, Browser.getVersion', cases.devtools, 'µs'),
    ...await throughputOf(run, 'peers', places.map(place => ({ ...place, session: byWebDriver(place.hub, place.capabilities) })))
  ]
  return { rows, targets: targetsOf(rows, cases.commands) }
}

/** One session of a place: opened, used in three ways, ended. */
async function measure ({ name, hub, capabilities, ready }: Hub, cases: Readonly<Record<'opened' | 'ended' | 'commands' | 'crowded' | 'devtools', Samples>>): Promise<void> {
  await ready()
  const begin = performance.now()
  const session = await thinSession(hub, capabilities)
  cases.opened.add(name, performance.now() - begin)
  const { id } = session
  cases.devtools.add(name, median(await socketTimes(session)))
  cases.crowded.add(name, median(await commandTimes(hub, id, { connections: 16, seconds: 0.5 })))
  cases.commands.add(name, median(await commandTimes(hub, id, { connections: 1, seconds: 0.3 })))
  cases.ended.add(name, await timed(() => session.quit(), async () => {}))
}

function commandTimes (hub: string, id: string, extent: Pick<Load, 'connections' | 'seconds'>): Promise<Times> {
  return load({ port: Number(new URL(hub).port), path: `/session/${id}/timeouts`, ...extent })
}

/** Milliseconds of small round trips on the session's DevTools socket; with the driver alone, on the browser's own. */
async function socketTimes ({ capabilities }: RawSession): Promise<number[]> {
  const { debuggerAddress } = capabilities['goog:chromeOptions'] as { debuggerAddress: string }
  const own = async (): Promise<string> => (await call<{ webSocketDebuggerUrl: string }>(`GET http://${debuggerAddress}/json/version`)).body.webSocketDebuggerUrl
  const socket = new WebSocket(String(capabilities['se:cdp'] ?? await own()), { perMessageDeflate: false })
  await once(socket, 'open')
  const times: number[] = []
  for (let id = 1; id <= 200; id++) {
    const begin = performance.now()
    socket.send(JSON.stringify({ id, method: 'Browser.getVersion' }))
    const [data] = await once(socket, 'message')
    times.push(performance.now() - begin)
    const answer = JSON.parse(String(data)) as { id: number, result: { product: string } }
    if (answer.id !== id || !answer.result.product.includes('Chrome/')) throw new Error(`a wrong answer: ${String(data)}`)
  }
  socket.close()
  await once(socket, 'close')
  return times
}

/** Code that has just been started is slow, Java's above all: thousands of commands, and a few sessions, are not counted. */
async function warmUp ({ name, hub, capabilities, ready }: Hub, say: Run['say']): Promise<void> {
  say(`${name}: first commands, not counted`)
  for (let i = 0; i < 3; i++) {
    await ready()
    const session = await thinSession(hub, capabilities)
    await commandTimes(hub, session.id, { connections: 4, seconds: 1.5 })
    await session.quit()
  }
}

function targetsOf (rows: readonly Row[], commands: Samples): Result['targets'] {
  const p50 = (contender: string): number => rows.find(row => row.case === 'New Session' && row.contender === contender)?.p50 ?? NaN
  const rate = (contender: string): number => rows.find(row => row.case.startsWith('open') && row.contender === contender)?.perSecond ?? NaN
  const added = (contender: string): number => median(commands.of(contender).map((time, i) => time - (commands.of('chromedriver')[i] ?? NaN)))
  return [
    { what: 'a hit, times faster than Selenium Grid', figure: p50('Selenium Grid') / p50('tggrid'), bound: 80, is: 'at least', unit: '×' },
    { what: 'added latency of a command, in Selenium Grid\'s', figure: added('tggrid') / added('Selenium Grid'), bound: 0.1, is: 'at most', unit: '×' },
    { what: 'sessions per second, in Selenium Grid\'s', figure: rate('tggrid') / rate('Selenium Grid'), bound: 1.5, is: 'at least', unit: '×' }
  ]
}

/** Ratio: times faster than Selenium Grid. */
function rowsOf (name: string, times: Samples, unit: 'ms' | 'µs'): Row[] {
  const reference = 'Selenium Grid'
  return times.names.map(contender => timesRow({ suite: 'peers', case: name, contender, unit, ratio: times.median(reference) / times.median(contender), reference }, times.of(contender)))
}
