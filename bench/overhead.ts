/** What one hop adds to a small command, to many of them, and to messages of a WebSocket. */
import { WebSocket } from 'ws'
import { startChromedriver } from './chromedriver.js'
import { devtoolsRows } from './devtools.js'
import { startHops, startNode, type Hop } from './hops/hops.js'
import { load, type Times } from './load.js'
import { median, quantile, type Result, type Row, type Run, type Target } from './suite.js'

const session = 'f'.repeat(32)

export async function overhead ({ scope, quick, say }: Run): Promise<Result> {
  const upstream = await startNode(scope, 'upstream', [])
  const hops = await startHops(scope, upstream.port, session)
  const rounds = quick ? 4 : 12
  say('commands over one connection')
  const one = await alternate(hops, rounds, hop => load({ port: hop.port, path: pathOf(hop, session), connections: 1, seconds: quick ? 0.4 : 1 }))
  say('commands over 32 connections')
  const many = await busy(hops, quick ? 2 : 5, quick ? 1 : 2)
  say('messages of a WebSocket')
  const small = await alternate(hops, rounds, hop => echo(hop, 16, quick ? 500 : 1500))
  const large = await alternate(hops, quick ? 2 : 6, hop => echo(hop, 2 ** 20, 20))
  say('commands to a real chromedriver')
  const driver = await startChromedriver(scope)
  const { id } = await driver.newSession()
  scope.teardown(() => driver.end(id))
  const before = await startHops(scope, driver.port, id)
  for (const hop of before) await load({ port: hop.port, path: pathOf(hop, id), connections: 4, seconds: quick ? 1 : 3 }) // code that has just been started is slow
  const real = await alternate(before, rounds, hop => load({ port: hop.port, path: pathOf(hop, id), connections: 1, seconds: quick ? 0.3 : 1 }))
  const devtools = await devtoolsRows({ scope, quick, say })
  const rows = [...added('command, 1 connection: added latency', one), ...many, ...added('chromedriver\'s timeouts, 1 connection: added latency', real), ...added('WebSocket, 16 bytes: added latency', small), ...added('WebSocket, 1 MiB: added latency', large), ...devtools]
  return { rows, targets: targetsOf(rows) }
}

function targetsOf (rows: readonly Row[]): Target[] {
  const of = (begin: string): Row | undefined => rows.find(row => row.contender === 'tggrid' && row.case.startsWith(begin))
  const ratio = (begin: string): number => of(begin)?.ratio ?? NaN
  return [
    { what: 'added latency of a command, in HAProxy\'s', figure: ratio('command, 1 '), bound: 1.5, is: 'at most', unit: '×' },
    { what: 'requests per CPU-second, in HAProxy\'s', figure: ratio('command, 32 '), bound: 0.6, is: 'at least', unit: '×' },
    { what: 'added latency of a DevTools round trip to Chrome, in HAProxy\'s', figure: ratio('DevTools, '), bound: 1.5, is: 'at most', unit: '×' },
    { what: '64 MiB from Chrome, in the direct way\'s speed', figure: ratio('64 MiB'), bound: 0.7, is: 'at least', unit: '×' },
    { what: '200 idle sockets', figure: of('200 idle')?.p50 ?? NaN, bound: 20, is: 'at most', unit: 'MiB' }
  ]
}

/** The path of a command to the session; tggrid's id has the agent's before the driver's. */
function pathOf (hop: Hop, id: string): string {
  return `/session/${hop.prefix}${id}/timeouts`
}

export interface Sample {
  readonly hop: Hop
  /** One list for each round. */
  readonly rounds: Times[]
}

/** Each hop in each round, so that noise hits all alike; the first round is not counted. */
export async function alternate (hops: readonly Hop[], rounds: number, measure: (hop: Hop) => Promise<Times>): Promise<Sample[]> {
  const samples = hops.map(hop => ({ hop, rounds: [] as Times[] }))
  for (let round = 0; round <= rounds; round++) {
    for (const { hop, rounds } of samples) {
      const times = await measure(hop)
      if (round > 0) rounds.push(times)
    }
  }
  return samples
}

/** Medians of what a hop adds in its round. Ratio: added latency to HAProxy's. */
export function added (name: string, samples: readonly Sample[]): Row[] {
  const direct = samples.find(({ hop }) => hop.name === 'direct')?.rounds ?? []
  const addedBy = ({ rounds }: Sample): number => median(rounds.map((times, i) => median(times) - median(direct[i] ?? [])))
  const haproxy = samples.find(({ hop }) => hop.name === 'HAProxy')
  return samples.map(sample => {
    const times = sample.rounds.flat()
    return { suite: 'overhead', case: name, contender: sample.hop.name, p50: median(times) * 1000, p99: quantile(times, 0.99) * 1000, perSecond: times.length / times.reduce((sum, time) => sum + time, 0) * 1000, unit: 'µs', ratio: sample.hop.name === 'direct' || haproxy === undefined ? NaN : addedBy(sample) / addedBy(haproxy), reference: 'HAProxy' }
  })
}

/** Ratio: requests per CPU-second to HAProxy's. */
async function busy (hops: readonly Hop[], rounds: number, seconds: number): Promise<Row[]> {
  const seen = hops.map(hop => ({ hop, times: [] as Times, cpu: 0 }))
  for (let round = 0; round < rounds; round++) {
    for (const entry of seen) {
      const before = entry.hop.program?.cpu() ?? 0
      entry.times.push(...await load({ port: entry.hop.port, path: pathOf(entry.hop, session), connections: 32, seconds }))
      entry.cpu += (entry.hop.program?.cpu() ?? 0) - before
    }
  }
  const perCpu = ({ times, cpu, hop }: typeof seen[number]): number => hop.program === undefined ? NaN : times.length / cpu
  const reference = perCpu(seen.find(({ hop }) => hop.name === 'HAProxy') ?? seen[0] as typeof seen[number])
  return seen.map(entry => ({ suite: 'overhead', case: 'command, 32 connections: requests per CPU-second', contender: entry.hop.name, p50: median(entry.times) * 1000, p99: quantile(entry.times, 0.99) * 1000, perSecond: perCpu(entry), unit: 'µs', ratio: perCpu(entry) / reference, reference: 'HAProxy' }))
}

/** One message after the other, each sent back as it was. */
async function echo (hop: Hop, bytes: number, count: number): Promise<Times> {
  const socket = new WebSocket(`ws://127.0.0.1:${hop.port}/session/${hop.prefix}${session}/se/cdp`, { perMessageDeflate: false })
  const message = Buffer.alloc(bytes, 'x')
  const times: Times = []
  await new Promise<void>((resolve, reject) => {
    let begun = 0
    const send = (): void => { begun = performance.now(); socket.send(message) }
    socket.on('open', send).on('error', reject).on('close', () => reject(new Error(`${hop.name} closed the WebSocket`)))
    socket.on('message', data => {
      times.push(performance.now() - begun)
      if (!(data as Buffer).equals(message)) reject(new Error(`${hop.name} sent back something else`))
      if (times.length < count) return send()
      socket.removeAllListeners('close').close()
      resolve()
    })
  })
  return times
}
