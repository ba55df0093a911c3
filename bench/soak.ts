/** Many sessions through few containers: how many are used again, what is left behind, and whether the agent's memory grows. */
import { readdirSync, readFileSync } from 'node:fs'
import { freePort } from '../test/support/free-port.js'
import { agentsOf } from '../test/support/hosts.js'
import { metricsOf } from '../test/support/pool.js'
import { startProcess, type ProcessGrid } from '../test/support/process-grid.js'
import { docker, engine, runningOf } from './engine.js'
import { quietWithin } from './density.js'
import { heapInUse, inspected } from './heap.js'
import { atRest, timed } from './new-session.js'
import { median, timesRow, type Result, type Row, type Run, type Target } from './suite.js'
import { byWebDriver } from './throughput.js'

const clients = 4
const size = clients + 2
const page = 'data:text/html,<title>Other</title>'
/** Samples of what is there: the first fifth of the sessions makes what is kept, the rest is to add nothing. */
const samples = 10
const settled = 2

/** What there is while all is at rest. */
interface Stock {
  /** MiB. */
  readonly heap: number
  readonly resident: number
  /** Open files and sockets of the agent. */
  readonly files: number
  readonly containers: number
  /** Most in a container. */
  readonly processes: number
  /** Entries of the agent's temporary folder. */
  readonly entries: number
}

export async function soak ({ scope, quick, sessions = quick ? 100 : 1000, say }: Run): Promise<Result> {
  const before = await everything()
  const inspector = await freePort()
  const grid = await startProcess(scope, { runtime: 'docker', name: `bench-${process.pid}-soak`, 'container.engine': engine, 'pool.size': size, 'pool.warm': clients }, inspected(inspector))
  const session = byWebDriver(grid.hub, { browserName: 'chrome' }, page)
  const stocks: Stock[] = []
  const times: number[] = []
  for (let round = 0; round < samples; round++) {
    const due = Math.round(sessions * (round + 1) / samples)
    await Promise.all(Array.from({ length: clients }, async () => { while (times.length < due) times.push(await timed(() => session(page), async () => {})) }))
    await quietWithin(grid.hub, clients) // a machine that is busy with other things as well is no reason to give up
    await atRest(grid.hub, clients)
    stocks.push(await stockOf(grid, inspector))
    say(`${times.length} of ${sessions} sessions`)
  }
  const { totalReused, totalCreated } = await metricsOf(grid.hub)
  grid.child.kill('SIGTERM')
  await grid.ended
  const after = await everything()
  return {
    rows: [
      timesRow({ suite: 'soak', case: `${times.length} sessions: open, page, title, close; ${clients} clients`, contender: 'tggrid', unit: 'ms', ratio: NaN, reference: '' }, times),
      ...memoryRows(stocks)
    ],
    targets: [
      { what: 'containers used again, of all', figure: totalReused / (totalReused + totalCreated), bound: 0.9, is: 'at least', unit: '' },
      ...grown(stocks),
      { what: 'left in the engine when it has ended', figure: after.filter(name => !before.includes(name)).length, bound: 0, is: 'at most', unit: '' },
      { what: 'processes left when it has ended', figure: grid.descendants().length, bound: 0, is: 'at most', unit: '' }
    ]
  }
}

/** The middle of the samples after the first ones, so that what is collected late counts neither way. */
function grown (stocks: readonly Stock[]): Target[] {
  const [begin, end] = [stocks.slice(settled - 1, settled + 2), stocks.slice(-3)]
  const factor = (of: (stock: Stock) => number): number => median(end.map(of)) / median(begin.map(of))
  const last = stocks.at(-1)
  return [
    { what: 'heap of the agent at the end, of what it was after a fifth', figure: factor(({ heap }) => heap), bound: 1.05, is: 'at most', unit: '×' },
    { what: 'memory of the agent at the end, of what it was after a fifth', figure: factor(({ resident }) => resident), bound: 1.1, is: 'at most', unit: '×' },
    { what: 'open files of the agent at the end, of what they were after a fifth', figure: factor(({ files }) => files), bound: 1.1, is: 'at most', unit: '×' },
    { what: 'processes in a container at the end, of what they were after a fifth', figure: factor(({ processes }) => processes), bound: 1.1, is: 'at most', unit: '×' },
    { what: 'containers at the end', figure: last?.containers ?? NaN, bound: size + clients, is: 'at most', unit: '' },
    { what: 'entries in the agent\'s temporary folder, more than after a fifth', figure: (last?.entries ?? NaN) - (begin[0]?.entries ?? NaN), bound: 0, is: 'at most', unit: '' }
  ]
}

function memoryRows (stocks: readonly Stock[]): Row[] {
  const row = (what: string, of: (stock: Stock) => number): Row[] => [stocks[settled - 1], stocks.at(-1)].flatMap((stock, i) => stock === undefined
    ? []
    : [{ suite: 'soak', case: `${what} ${i === 0 ? 'after a fifth' : 'at the end'}`, contender: 'tggrid', p50: of(stock), p99: of(stock), perSecond: NaN, unit: 'MiB' as const, ratio: NaN, reference: '' }])
  return [...row('the agent\'s heap, collected,', ({ heap }) => heap), ...row('the agent\'s memory', ({ resident }) => resident)]
}

async function stockOf (grid: ProcessGrid, inspector: number): Promise<Stock> {
  const heap = await heapInUse(inspector)
  const [agent] = await agentsOf(grid.hub)
  const containers = await runningOf(agent?.id ?? '')
  const processes = await Promise.all(containers.map(async ({ Id }) => ((await docker.getContainer(Id).top()).Processes as unknown[]).length))
  const pid = grid.child.pid ?? 0
  return {
    heap,
    resident: Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024,
    files: readdirSync(`/proc/${pid}/fd`).length,
    containers: containers.length,
    processes: Math.max(...processes),
    entries: grid.leftovers().length
  }
}

/** Names of all containers, networks and volumes of the engine, whoever's they are. */
async function everything (): Promise<string[]> {
  const [containers, networks, { Volumes }] = await Promise.all([docker.listContainers({ all: true }), docker.listNetworks(), docker.listVolumes()])
  return [...containers.map(({ Id }) => Id), ...networks.map(({ Name }) => Name), ...Volumes.map(({ Name }) => Name)]
}
