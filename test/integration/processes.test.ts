/** Which processes are a place's, by real ones. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { groupsOf, justNow, killNow, processesOf, runs, statOf } from '../../src/runtime/processes.js'
import { until } from '../support/until.js'

/** Leads a group of its own. Resolves when it runs with its environment. */
async function start (t: Test, environment: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn('/bin/sh', ['-c', 'echo up; exec sleep 60'], { env: environment, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => killNow(child.pid ?? NaN))
  await once(child.stdout, 'data')
  return child.pid ?? NaN
}

t.test('a process is found by its environment, whatever its group and however long that is', async t => {
  const since = justNow()
  const place = t.testdir()
  const mark = { text: `TMPDIR=${place}\0`, since }
  const pids = [await start(t, { TMPDIR: place }), await start(t, { LONG: 'x'.repeat(100_000), TMPDIR: place })]
  await start(t, { TMPDIR: `${place}-of-another` })
  t.strictSame((await groupsOf(mark)).sort(), pids.sort())
  t.strictSame((await processesOf(NaN, mark)).sort(), pids.sort())
})

t.test('what began before a place was there is not its own, but for its driver\'s group', async t => {
  const place = t.testdir()
  const pid = await start(t, { TMPDIR: place })
  const later = { text: `TMPDIR=${place}\0`, since: justNow() + 10_000 }
  t.strictSame(await groupsOf(later), [])
  t.strictSame(await processesOf(pid, later), [pid])
})

t.test('a process runs until it is stopped, killed, or gone', async t => {
  const pid = await start(t, {})
  t.ok(runs(pid))
  process.kill(pid, 'SIGSTOP')
  await until('it is stopped', () => statOf(pid)?.[0] === 'T')
  t.notOk(runs(pid), 'stopped')
  process.kill(pid, 'SIGCONT')
  await until('it runs again', () => runs(pid))
  killNow(pid)
  await until('it has gone', () => statOf(pid) === undefined)
  t.notOk(runs(pid), 'gone')
})

t.test('who has been killed runs no more, however short ago that was', async t => {
  for (let i = 0; i < 40; i++) {
    const pid = await start(t, {})
    killNow(pid)
    for (let look = 0; look < 200; look++) if (runs(pid)) return t.fail(`it runs at look ${look} of process ${i}: ${statOf(pid)?.join(' ')}`)
  }
  t.pass()
})

t.test('a zombie does not run', async t => {
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => killNow(parent.pid ?? NaN))
  const [text] = await once(parent.stdout, 'data') as [Buffer]
  const zombie = Number(text)
  await until('it has ended, and its parent has not looked', () => statOf(zombie)?.[0] === 'Z')
  t.notOk(runs(zombie))
})
