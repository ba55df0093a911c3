/** The bench: figures, targets, table and chart are right, and what cannot be measured is said. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { chart, describeTarget, isReached, table } from '../../bench/report.js'
import { median, quantile, Scope, type Row } from '../../bench/suite.js'

const row: Row = { suite: 'overhead', case: 'timeouts, 1 connection', contender: 'tggrid', p50: 82.4, p99: 1234.5, perSecond: 12_345.6, unit: 'µs', ratio: 1.3, reference: 'HAProxy' }

t.test('quantiles', async t => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  t.equal(median(values), 51)
  t.equal(quantile(values, 0.99), 100)
  t.equal(quantile([7], 0.99), 7)
  t.ok(Number.isNaN(median([])))
})

t.test('targets are judged, and said with their bound', async t => {
  const target = { what: 'a hit', figure: 4, bound: 5, is: 'at most', unit: 'ms' } as const
  t.equal(isReached(target), true)
  t.equal(isReached({ ...target, figure: 5.1 }), false)
  t.equal(isReached({ ...target, is: 'at least' }), false)
  t.equal(isReached({ ...target, figure: NaN }), false, 'what was not measured is not reached')
  t.match(describeTarget(target), /^reached +a hit: 4 ms, to be at most 5$/)
  t.match(describeTarget({ ...target, figure: 9 }), /^missed/)
})

t.test('the table is aligned, and has every figure', async t => {
  const lines = table([row, { ...row, contender: 'direct', ratio: NaN }]).split('\n')
  t.equal(new Set(lines.map(line => line.length)).size, 1)
  t.match(lines[2], /82\.4 +\| 1,235 \| µs +\| 12,346 +\| 1\.3 +\| HAProxy/)
  t.match(lines[3], /–/)
})

t.test('the chart has a bar for each ratio', async t => {
  const svg = chart([row, { ...row, contender: 'nginx', ratio: 0.9 }, { ...row, contender: 'direct', ratio: NaN }])
  t.match(svg, /^<svg/)
  t.match(svg, /tggrid/)
  t.match(svg, /nginx/)
  t.notMatch(svg, /direct/)
})

t.test('a scope undoes the last thing first, once', async t => {
  const scope = new Scope()
  const undone: number[] = []
  scope.teardown(() => undone.push(1))
  scope.teardown(async () => undone.push(2))
  await scope.end()
  await scope.end()
  t.same(undone, [2, 1])
})

t.test('an unknown suite is refused with those on offer', async t => {
  const { status, stderr } = spawnSync(process.execPath, ['dist/bench/main.js', 'speed'], { encoding: 'utf8' })
  t.not(status, 0)
  t.match(stderr, /speed.*overhead.*new-session.*recycle.*throughput.*peers/s)
})
