/** The real router with up to 1,000 simulated agents of 100 slots each. Ratio: to the smallest grid, how it grows. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { PolicyName } from '../src/router/policies.js'
import type { Measured } from './scale/router.js'
import { skewOf } from './scale/skew.js'
import { startProgram } from './program.js'
import { median, quantile, type Result, type Row, type Run } from './suite.js'

const slots = 100

export async function scale ({ scope, quick, say }: Run): Promise<Result> {
  const sizes = quick ? [10, 300] : [10, 100, 1000]
  const measured: Measured[] = []
  for (const agents of sizes) {
    say(`${agents} agents, ${agents * slots} sessions`)
    measured.push(await measure(scope, agents))
  }
  say('skew')
  const [least, ...more] = measured as [Measured, ...Measured[]]
  const rows = [least, ...more].flatMap(one => rowsOf(one, least))
  const largest = more.at(-1) ?? least
  return {
    rows: [...rows, ...skewRows()],
    targets: [
      { what: `a choice among ${largest.agents} agents, p99`, figure: quantile(largest.choices, 0.99) * 1000, bound: 50, is: 'at most', unit: 'µs' },
      { what: `memory of a router with ${largest.sessions} sessions`, figure: largest.memory, bound: 300, is: 'at most', unit: 'MiB' },
      { what: 'the event loop\'s delay, p99', figure: largest.delay, bound: 20, is: 'at most', unit: 'ms' }
    ]
  }
}

async function measure (scope: Run['scope'], agents: number): Promise<Measured> {
  const file = (name: string): string => new URL(`scale/${name}.js`, import.meta.url).pathname
  let ports = ''
  const many = await startProgram(scope, { command: process.execPath, args: [file('agents'), String(agents), String(slots)], ready: lines => { ports = lines[0] ?? ''; return ports !== '' } })
  const child = spawn(process.execPath, ['--expose-gc', file('router'), String(agents * slots)], { stdio: ['pipe', 'pipe', 'inherit'] })
  scope.teardown(() => child.kill())
  child.stdin.end(ports)
  const result = JSON.parse(await text(child.stdout)) as Measured
  process.kill(many.pid, 'SIGTERM')
  return result
}

function rowsOf (one: Measured, least: Measured): Row[] {
  const about = (name: string): Pick<Row, 'suite' | 'case' | 'contender' | 'reference'> => ({ suite: 'scale', case: `${one.agents} agents, ${one.sessions} sessions: ${name}`, contender: 'tggrid', reference: `${least.agents} agents` })
  const times = (name: string, of: (from: Measured) => readonly number[]): Row => ({ ...about(name), p50: median(of(one)) * 1000, p99: quantile(of(one), 0.99) * 1000, perSecond: 1000 / median(of(one)), unit: 'µs', ratio: median(of(one)) / median(of(least)) })
  const value = (name: string, unit: Row['unit'], of: (from: Measured) => number): Row => ({ ...about(name), p50: of(one), p99: NaN, perSecond: NaN, unit, ratio: of(one) / of(least) })
  return [
    times('a choice', ({ choices }) => choices),
    times('as much other work, after the same rest', ({ others }) => others),
    times('the policy alone', ({ policies }) => policies),
    times('from the request to the message to its agent', ({ asked }) => asked),
    value('memory', 'MiB', ({ memory }) => memory),
    value('delay of the event loop, p99', 'ms', ({ delay }) => delay),
    value('processor time for a second of status alone', 'ms', ({ idle }) => idle * 1000)
  ]
}

function skewRows (): Row[] {
  const algorithms: readonly PolicyName[] = ['round-robin', 'least-connections', 'resource-based']
  return algorithms.flatMap(algorithm => [1, 3, 10].flatMap(routers => [0, 100, 1000].map((age): Row => ({
    suite: 'scale', case: `fullest of 100 agents: ${routers} routers, views ${age} ms old`, contender: algorithm, p50: NaN, p99: NaN, perSecond: NaN, unit: 'ms', ratio: skewOf({ algorithm, routers, age }), reference: 'the mean agent'
  }))))
}
