/** The log as programs read it, or do not. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'

const lines = 5000

/** Logs many times what a pipe holds, says so on standard error, and ends. @param end JavaScript */
function start (t: Test, end: string): ChildProcessWithoutNullStreams {
  const script = `
    const { createLog, flushed } = await import(${JSON.stringify(new URL('../../src/cli/log.js', import.meta.url).href)})
    const log = createLog({ level: 'info', format: 'json' })
    for (let i = 0; i < ${lines}; i++) log.info({ i, pad: 'x'.repeat(200) }, 'line')
    console.error('logged')
    ${end}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

function numbersIn (log: string): number[] {
  return log.trim().split('\n').map(line => (JSON.parse(line) as { i: number }).i)
}

const all = Array.from({ length: lines }, (_, i) => i)

t.test('who does not read it keeps nobody waiting, and finds all of it later', async t => {
  const child = start(t, 'await flushed(log); process.exit(0)')
  await once(child.stderr, 'data')
  t.strictSame(numbersIn(await text(child.stdout)), all)
})

t.test('nothing is lost when the process ends at once', async t => {
  const child = start(t, 'process.exit(3)')
  const [log, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  t.equal(code, 3)
  t.strictSame(numbersIn(log).sort((a, b) => a - b), all)
})

t.test('a reader who has gone ends nobody', async t => {
  const child = start(t, 'setTimeout(() => { log.info("still here"); process.exit(4) }, 200)')
  child.stdout.destroy()
  t.strictSame(await once(child, 'exit'), [4, null])
})
