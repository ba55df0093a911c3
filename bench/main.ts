/** `npm run bench -- SUITE`: proves answers right, measures, prints. */
import { writeFileSync } from 'node:fs'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { containers } from './containers.js'
import { contexts } from './contexts.js'
import { density } from './density.js'
import { hostFailures } from './host-failures.js'
import { hosts } from './hosts.js'
import { kills } from './kills.js'
import { lean } from './lean.js'
import { neighbours } from './neighbours.js'
import { newSessions } from './new-session.js'
import { overhead } from './overhead.js'
import { peers } from './peers.js'
import { recycle } from './recycle.js'
import { chart, describeTarget, table } from './report.js'
import { scale } from './scale.js'
import { soak } from './soak.js'
import { Scope, type Result, type Suite } from './suite.js'
import { throughput } from './throughput.js'

const suites: Readonly<Record<string, Suite>> = { overhead, 'new-session': newSessions, recycle, throughput, lean, peers, contexts, neighbours, containers, density, hosts, scale, soak, kills, 'host-failures': hostFailures }

/** Those that need a Docker engine, or root, are not among `all`. */
const needMore = new Set(['containers', 'density', 'soak', 'kills', 'host-failures'])

/** At which all that a suite has started ends with it. */
const signals = ['SIGINT', 'SIGTERM'] as const

interface Options {
  readonly json?: string
  readonly svg?: string
  readonly quick?: boolean
  readonly sessions?: number
  readonly minutes?: number
}

new Command('bench')
  .description('Measures tggrid beside others. Ratios of one run count: machines differ, and are noisy.')
  .addArgument(new Argument('<suite>', 'what is measured; all are those that need neither a Docker engine nor root').choices([...Object.keys(suites), 'all']))
  .option('--json <file>', 'write the rows, for programs')
  .option('--svg <file>', 'draw the ratios')
  .option('--quick', 'main ratios, within 40 s for each suite')
  .option('--sessions <count>', 'how many `soak` opens (default: 1000)', wholeNumber)
  .option('--minutes <count>', 'how long `kills` and `host-failures` go on (default: 10)', wholeNumber)
  .action(main)
  .parse()

async function main (name: string, { json, svg, ...how }: Options): Promise<void> {
  const results: Result[] = []
  for (const [own, suite] of Object.entries(suites)) {
    if (name === own || (name === 'all' && !needMore.has(own))) results.push(await runSuite(own, suite, how))
  }
  const rows = results.flatMap(({ rows }) => rows)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`)
  writeFileSync(svg ?? `dist/bench-${name}.svg`, chart(rows))
  console.log(`drawn in ${svg ?? `dist/bench-${name}.svg`}`)
}

async function runSuite (name: string, suite: Suite, { quick = false, ...how }: Pick<Options, 'quick' | 'sessions' | 'minutes'>): Promise<Result> {
  const scope = new Scope()
  const stop = (): void => { void scope.end().then(() => process.exit(130)) }
  for (const signal of signals) process.once(signal, stop)
  try {
    const result = await suite({ quick, ...how, scope, say: text => { if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}: ${text}`) } })
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
    console.log(`\n${name}\n\n${table(result.rows)}\n`)
    result.targets.forEach(target => console.log(describeTarget(target)))
    return result
  } finally {
    for (const signal of signals) process.off(signal, stop)
    await scope.end()
  }
}

function wholeNumber (text: string): number {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1 is expected.')
  return count
}
