/** Sessions that are contexts of a shared browser, beside those with a browser of their own: how many in a second, how many at once, what each costs. */
import { readFileSync } from 'node:fs'
import { startProcess, type ProcessGrid } from '../test/support/process-grid.js'
import { newSession, type RawSession } from '../test/support/webdriver.js'
import { options, startChromedriver } from './chromedriver.js'
import { binaries, connectPlaywright, startRunServer } from './clients.js'
import { processorTime } from './containers.js'
import { latencies } from './neighbours.js'
import { atRest, quiet, timed } from './new-session.js'
import { median, quantile, Samples, timesRow, type Result, type Row, type Run, type Target } from './suite.js'
import { byPlaywright, byWebDriver, throughputOf } from './throughput.js'

const clients = 4
const chrome = { browserName: 'chrome' }
/** Chrome without its own windows: of what a context costs in Chrome, half is the window that nobody sees. */
const shell = { browserName: 'chrome-headless-shell' }
const isolated = (isolation: string, size: number, warm: number) => ({ isolation, 'pool.size': size, 'pool.warm': warm })

type Grids = Readonly<Record<string, Pick<ProcessGrid, 'hub'> & { readonly browser: object, readonly warm: number }>>

export async function contexts (run: Run): Promise<Result> {
  const speed = await speeds(run)
  const opening = await openings(run)
  const crowd = await crowds(run)
  return { rows: [...speed.rows, ...opening.rows, ...crowd.rows], targets: [...speed.targets, ...opening.targets, ...crowd.targets] }
}

/** Short sessions per second, and what one of them costs when nothing else runs. */
async function speeds (run: Run): Promise<Result> {
  const { scope } = run
  const driver = await startChromedriver(scope)
  const contexts = isolated('context', 3 * clients, 2 * clients)
  const grids: Grids = {
    process: { ...await startProcess(scope, isolated('process', clients + 2, clients)), browser: chrome, warm: clients },
    context: { ...await startProcess(scope, contexts), browser: chrome, warm: 2 * clients },
    'context, headless shell': { ...await startProcess(scope, { ...contexts, 'pool.browser': shell.browserName }), browser: shell, warm: 2 * clients }
  }
  const playwright = await startProcess(scope, { ...contexts, 'pool.warm': 0, 'playwright.warm': 2 * clients })
  const rows = await throughputOf(run, 'contexts', [
    { name: 'chromedriver', session: byWebDriver(driver.hub, options), ready: async () => {} },
    { name: 'run-server', session: byPlaywright(await startRunServer(scope, (await binaries()).shell)), ready: async () => {} },
    ...Object.entries(grids).map(([kind, { hub, browser, warm }]) => ({ name: `tggrid, ${kind}`, session: byWebDriver(hub, browser), ready: () => quiet(hub, warm) })),
    { name: 'tggrid, context, Playwright', session: byPlaywright(connectPlaywright(playwright.hub)), ready: () => quiet(playwright.hub, 2 * clients) }
  ])
  const rate = (contender: string): number => rows.find(row => row.contender === contender)?.perSecond ?? NaN
  const costs = await costsOf(run, grids)
  return {
    rows: [...rows, ...costs],
    targets: [
      ...['context', 'context, headless shell'].flatMap((kind): Target[] => [
        { what: `${kind}: short sessions per second, in chromedriver's`, figure: rate(`tggrid, ${kind}`) / rate('chromedriver'), bound: 5, is: 'at least', unit: '×' },
        { what: `${kind}: short sessions per second, in those of Playwright's run-server`, figure: rate(`tggrid, ${kind}`) / rate('run-server'), bound: 3, is: 'at least', unit: '×' }
      ]),
      { what: 'context, Playwright: short sessions per second, in those of Playwright\'s run-server', figure: rate('tggrid, context, Playwright') / rate('run-server'), bound: 3, is: 'at least', unit: '×' }
    ]
  }
}

/** Processor time of the whole machine, so that nothing else may run on it. */
async function costsOf ({ quick, say }: Run, grids: Grids): Promise<Row[]> {
  const times = new Samples()
  for (const [kind, { hub, browser, warm }] of Object.entries(grids)) {
    const session = byWebDriver(hub, browser, 'data:text/html,<title>Other</title>')
    for (let i = 0; i < (quick ? 3 : 10); i++) {
      say(`what a session costs: ${kind}`)
      await atRest(hub, warm)
      const busy = processorTime()
      await session('')
      await atRest(hub, warm)
      times.add(kind, processorTime() - busy)
    }
  }
  return times.names.map(kind => timesRow({ suite: 'contexts', case: 'processor time of a short session', contender: `tggrid, ${kind}`, unit: 'ms', ratio: times.median('process') / times.median(kind), reference: 'tggrid, process' }, times.of(kind)))
}

/** A session that nobody foresaw, made while its client waits; and one that was open. */
async function openings ({ scope, quick, say }: Run): Promise<Result> {
  const { hub } = await startProcess(scope, isolated('context', 8, 2))
  const times = new Samples()
  let asked = 0
  for (let i = 0; i < (quick ? 13 : 43); i++) {
    say('opening')
    await atRest(hub, 2)
    const miss = await timed(() => newSession(hub, { ...chrome, timeouts: { script: 40_000 + ++asked } }), session => session.quit())
    await atRest(hub, 2)
    const hit = await timed(() => newSession(hub, chrome), session => session.quit())
    if (i < 3) continue // code that has just been started is slow
    times.add('miss', miss)
    times.add('hit', hit)
  }
  return {
    rows: times.names.map(name => timesRow({ suite: 'contexts', case: `new session, ${name}`, contender: 'tggrid, context', unit: 'ms', ratio: NaN, reference: '' }, times.of(name))),
    targets: [{ what: 'a miss, p50', figure: times.median('miss'), bound: 100, is: 'at most', unit: 'ms' }]
  }
}

/** Many at once, each at a page and answering; and one of them that works, beside the others that are idle. */
async function crowds ({ scope, quick, say }: Run): Promise<Result> {
  const [count, neighbours] = quick ? [60, 40] : [500, 100]
  const grid = await startProcess(scope, { ...isolated('context', count, 0), 'pool.launchTimeout': 120_000, 'session.queueTimeout': 600 })
  const before = memoryOf(grid)
  const first = await opened(grid.hub)
  const alone = await settledLatencies(first, quick)
  const begin = performance.now()
  const sessions = [first]
  let beside: number[] = []
  while (sessions.length < count) {
    say(`${sessions.length} of ${count} sessions`)
    sessions.push(...await Promise.all(Array.from({ length: Math.min(4, count - sessions.length) }, () => opened(grid.hub))))
    if (beside.length === 0 && sessions.length > neighbours) beside = await settledLatencies(first, quick)
  }
  const opening = (performance.now() - begin) / (count - 1)
  for (const session of sessions) if (await session.do('GET /title') !== 'one of many') throw new Error(`session ${session.id} does not answer`)
  const memory = (memoryOf(grid) - before) / count
  const row = (what: string, values: readonly number[], unit: 'ms' | 'MiB', ratio = NaN): Row => ({ suite: 'contexts', case: what, contender: 'tggrid, context', p50: median(values), p99: quantile(values, 0.99), perSecond: NaN, unit, ratio, reference: Number.isNaN(ratio) ? '' : 'alone' })
  const ratio = median(beside) / median(alone)
  return {
    rows: [row(`${count} sessions at once: memory of each`, [memory], 'MiB'), row(`${count} sessions at once: time to open each`, [opening], 'ms'), row('a command, alone', alone, 'ms'), row(`a command beside ${neighbours} idle sessions`, beside, 'ms', ratio)],
    targets: [
      { what: `${count} sessions at once, memory of each`, figure: memory, bound: 30, is: 'at most', unit: 'MiB' },
      { what: `a command beside ${neighbours} idle sessions, in one alone`, figure: ratio, bound: 1.3, is: 'at most', unit: '×' }
    ]
  }
}

async function opened (hub: string): Promise<RawSession> {
  const session = await newSession(hub, chrome)
  await session.do('POST /url', { url: 'data:text/html,<title>one of many</title>' })
  return session
}

/** Of a script; those of code that has just been started are slow, and left out. */
async function settledLatencies (session: RawSession, quick: boolean): Promise<number[]> {
  return (await latencies(session, quick ? 150 : 500)).slice(50)
}

/** Of a grid and all that it has started, in MiB: pages that several have are counted once (proc(5), Pss). */
function memoryOf ({ child, descendants }: ProcessGrid): number {
  const kilobytes = [child.pid ?? 0, ...childrenOf(descendants())].reduce((sum, pid) => sum + pssOf(pid), 0)
  return kilobytes / 1024
}

/** Processes, and those that have come of them: children of Chrome's zygotes lose their environment. */
function childrenOf (pids: readonly number[]): Set<number> {
  const all = new Set(pids)
  for (const pid of all) {
    for (const task of list(`/proc/${pid}/task/${pid}/children`)) all.add(task)
  }
  return all
}

function list (file: string): number[] {
  try {
    return readFileSync(file, 'latin1').split(' ').map(Number).filter(pid => pid > 0)
  } catch {
    return [] // it has ended
  }
}

function pssOf (pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0 // it has ended
  }
}
