/** What a second process costs: a router and an agent with TLS between them, beside one process that is both, and beside Selenium Grid's hub and node. */
import { startAgent, startRouter, warm } from '../test/support/hosts.js'
import { startProcess } from '../test/support/process-grid.js'
import { newSession } from '../test/support/webdriver.js'
import { startChromedriver, type Chromedriver } from './chromedriver.js'
import { load, type Times } from './load.js'
import { atRest, quiet, timed } from './new-session.js'
import { startHubAndNode } from './selenium-grid.js'
import { median, quantile, Samples, timesRow, type Result, type Row, type Run } from './suite.js'
import { byWebDriver, throughputOf, type Place } from './throughput.js'

const chrome = { browserName: 'chrome' }
const reference = 'Selenium Grid, hub and node'
/** Of the agents, whether there is one or three. */
const slots = 6

export async function hosts (run: Run): Promise<Result> {
  const { scope, quick, say } = run
  const driver = await startChromedriver(scope)
  const one = await startProcess(scope, { 'pool.size': 3, 'pool.warm': 2 })
  const router = await startRouter(scope)
  await startAgent(scope, [router.gridAddress], { 'pool.size': 3, 'pool.warm': 2 })
  await warm(router.hub, 1)
  say('starting Selenium Grid\'s hub and node')
  const grid = await startHubAndNode(scope)
  const times = new Samples()
  for (let i = 0; i < (quick ? 12 : 40); i++) {
    say(`session ${i + 1}`)
    for (const [name, hub] of [['one process', one.hub], ['router and agent', router.hub]] as const) {
      await atRest(hub, 2)
      const took = await timed(() => newSession(hub, chrome), session => session.quit())
      if (i >= 4) times.add(name, took) // code that has just been started is slow
    }
  }
  const added = await commands({ quick, say }, driver, { 'one process': one.hub, 'router and agent': router.hub, [reference]: grid.hub }, grid.capabilities)
  const crowds = await sessionsPerSecond(run)
  const hits = times.of('router and agent')
  return {
    rows: [
      ...times.names.map(name => timesRow({ suite: 'hosts', case: 'hit, WebDriver', contender: name, unit: 'ms', ratio: times.median(name) / times.median('one process'), reference: 'one process' }, times.of(name))),
      ...added.names.map(name => timesRow({ suite: 'hosts', case: 'chromedriver\'s timeouts, 1 connection: added', contender: name, unit: 'µs', ratio: added.median(name) / added.median(reference), reference }, added.of(name))),
      ...crowds
    ],
    targets: [
      { what: 'a hit through router and agent, p50', figure: median(hits), bound: 10, is: 'at most', unit: 'ms' },
      { what: 'a hit through router and agent, p99', figure: quantile(hits, 0.99), bound: 30, is: 'at most', unit: 'ms' },
      { what: 'added latency of a command, in that of Selenium Grid\'s hub and node', figure: added.median('router and agent') / added.median(reference), bound: 0.1, is: 'at most', unit: '×' }
    ]
  }
}

/** The same slots at one agent and at three, all on this machine: what it costs that they are apart. */
async function sessionsPerSecond (run: Run): Promise<Row[]> {
  const places: Place[] = []
  for (const agents of [1, 3]) {
    const { hub, gridAddress } = await startRouter(run.scope)
    for (let i = 0; i < agents; i++) await startAgent(run.scope, [gridAddress], { 'pool.size': slots / agents, 'pool.warm': slots / 2 / agents })
    places.push({ name: agents === 1 ? '1 agent' : `${agents} agents`, session: byWebDriver(hub, chrome), ready: () => quiet(hub, slots / 2) })
  }
  return await throughputOf(run, 'hosts', places)
}

/** What each adds to a command in its round, over the driver alone; in milliseconds. */
async function commands ({ quick, say }: Pick<Run, 'quick' | 'say'>, driver: Chromedriver, hubs: Readonly<Record<string, string>>, capabilities: object): Promise<Samples> {
  const direct = await driver.newSession()
  const sessions = await Promise.all(Object.entries(hubs).map(async ([name, hub]) => ({ name, port: Number(new URL(hub).port), session: await newSession(hub, name === reference ? capabilities : chrome) })))
  for (const { name, port, session } of sessions) {
    say(`${name}: first commands, not counted`) // code that has just been started is slow, Java's above all
    await load({ port, path: `/session/${session.id}/timeouts`, connections: 4, seconds: quick ? 6 : 15 })
  }
  const added = new Samples()
  const seconds = quick ? 0.4 : 1
  const ask = (port: number, id: string): Promise<Times> => load({ port, path: `/session/${id}/timeouts`, connections: 1, seconds })
  for (let round = 0; round < (quick ? 5 : 12); round++) {
    say(`commands, round ${round + 1}`)
    const alone = median(await ask(driver.port, direct.id))
    for (const { name, port, session } of sessions) {
      const took = median(await ask(port, session.id)) - alone
      if (round > 0) added.add(name, took)
    }
  }
  await Promise.all([driver.end(direct.id), ...sessions.map(({ session }) => session.quit())])
  return added
}
