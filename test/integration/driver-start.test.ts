/** Drivers that do not come up at once, by programs that say what drivers say. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ChromeDriver } from '../../src/runtime/context/chrome-driver.js'
import { startDriver } from '../../src/runtime/driver-process.js'
import type { Place } from '../../src/runtime/runtime.js'

/** Fails so many times, and counts how often it was started. */
function program (t: Test, failures: number, why: string): { readonly command: string, starts (): number } {
  const folder = t.testdir()
  const [command, count] = [join(folder, 'driver'), join(folder, 'count')]
  writeFileSync(command, `#!/bin/sh
echo x >> ${count}
[ "$(wc -l < ${count})" -gt ${failures} ] && { echo 'ChromeDriver was started successfully on port 4711.'; exec sleep 3; }
echo '${why}'
exit 1
`)
  chmodSync(command, 0o755)
  return { command, starts: () => existsSync(count) ? readFileSync(count, 'utf8').split('\n').length - 1 : 0 }
}

const start = (t: Test, command: string): Promise<Place> => startDriver({
  id: '1', folder: join(t.testdirName, 'own'), command, args: [], needs: {} as never, environment: { PATH: process.env['PATH'] ?? '' }, signal: AbortSignal.timeout(20_000)
})

const taken = '[1.2][SEVERE]: bind() failed: Address already in use (98) IPv4 port not available. Exiting...'

t.test('one whose port was taken is started again', async t => {
  const { command, starts } = program(t, 3, taken)
  const place = await start(t, command)
  t.equal(place.driver.address.port, 4711)
  t.equal(starts(), 4)
  await place.destroy()
})

t.test('so is one that shares a browser', async t => {
  const { command, starts } = program(t, 2, taken)
  t.equal((await ChromeDriver.start(command, [])).port, 4711)
  t.equal(starts(), 3)
})

t.test('one that never finds a free one is given up, with what it said', async t => {
  const { command, starts } = program(t, 1000, taken)
  await t.rejects(start(t, command), { message: /ended with exit code 1 before it listened; it said: .*Address already in use/ })
  t.equal(starts(), 10)
  t.notOk(existsSync(join(t.testdirName, 'own')))
})

t.test('one that fails for another reason is not', async t => {
  const { command, starts } = program(t, 1, 'no such library')
  await t.rejects(start(t, command), { message: /no such library/ })
  t.equal(starts(), 1)
})
