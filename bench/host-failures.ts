/** Whatever can fail between hosts does, at random moments, while clients work: how many sessions are lost by it. Needs root, for machines that are network namespaces. */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { apart } from '../test/support/machines.js'
import type { Lost } from './host-failures/run.js'
import { quantile, timesRow, type Result, type Run } from './suite.js'

export async function hostFailures ({ scope, quick, minutes = quick ? 1 : 10, say }: Run): Promise<Result> {
  say(`${minutes} minutes of failures`)
  const program = new URL('host-failures/run.js', import.meta.url).pathname
  const child = spawn('unshare', [...apart, process.execPath, program, String(minutes)], { stdio: ['ignore', 'pipe', 'inherit'] })
  scope.teardown(() => child.kill())
  const { sessions, times, strikes, refused, lost, killed, left } = JSON.parse(await said(child)) as Lost
  for (const what of [...refused, ...lost, ...left]) console.error(what)
  return {
    rows: [
      timesRow({ suite: 'host-failures', case: `New Session, ${sessions} sessions; ${Object.entries(strikes).map(([kind, count]) => `${count} × ${kind}`).join(', ')}`, contender: 'tggrid', unit: 'ms', ratio: NaN, reference: '' }, times)
    ],
    targets: [
      { what: 'New Sessions that were refused', figure: refused.length, bound: 0, is: 'at most', unit: '' },
      { what: 'sessions that ended although their agent\'s process was not killed', figure: lost.length, bound: 0, is: 'at most', unit: '' },
      { what: 'sessions that ended with their agent\'s process, for each one killed', figure: killed / (strikes['agent killed'] ?? NaN), bound: 3, is: 'at most', unit: '' },
      { what: 'New Session, p99', figure: quantile(times, 0.99) / 1000, bound: 10, is: 'at most', unit: 's' },
      { what: 'processes and files left when all has ended', figure: left.length, bound: 0, is: 'at most', unit: '' }
    ]
  }
}

async function said ({ stdout }: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  const all = await text(stdout)
  if (all === '') throw new Error('it ended without a word: it needs root, unshare and ip (Debian: util-linux, iproute2)')
  return all
}
