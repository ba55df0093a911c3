/** Deadlines come: also after everything that could be forgotten was. */
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { unlessAborted, whenAny, within } from '../../src/waits.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const never = new Promise<never>(() => {})

t.test('the deadline of two signals comes although nobody holds it, whatever is collected meanwhile', async t => {
  const closing = new AbortController()
  let came = 0
  for (let i = 0; i < 50; i++) {
    const both = whenAny(closing.signal, AbortSignal.timeout(100))
    whenAny(both, new AbortController().signal).addEventListener('abort', () => { came++ })
  }
  for (let i = 0; i < 5; i++) {
    await pause(5)
    collectGarbage()
  }
  await pause(300)
  t.equal(came, 50)
})

t.test('what is waited for in vain is told by its signal\'s reason, or by the time that it had', async t => {
  const stop = new AbortController()
  const waiting = unlessAborted(never, whenAny(stop.signal, AbortSignal.timeout(60_000)))
  stop.abort(new Error('the grid is stopping'))
  await t.rejects(waiting, { message: 'the grid is stopping' })
  await t.rejects(unlessAborted(never, stop.signal), { message: 'the grid is stopping' }, 'also when it came before')
  await t.rejects(within(20, never), { message: 'no answer within 20 ms' })
  t.equal(await within(60_000, Promise.resolve('here')), 'here')
})
