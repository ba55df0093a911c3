/** When strangers let go of what begins. */
import t from 'tap'
import { setTimeout as pause } from 'node:timers/promises'
import { Holds } from '../../../src/runtime/context/holds.js'

t.test('when its own session has let it run, at once where it has; and when it is gone', async t => {
  const holds = new Holds()
  const gone: string[] = []
  for (const name of ['a', 'a too', 'b']) holds.hold(name.charAt(0), () => gone.push(name))
  t.strictSame(gone, [])
  holds.run('a')
  t.strictSame(gone, ['a', 'a too'])
  holds.hold('a', () => gone.push('late'))
  holds.forget('b')
  t.strictSame(gone, ['a', 'a too', 'late', 'b'])
  for (const name of ['a', 'b']) holds.run(name)
  t.equal(gone.length, 4, 'each once')
})

t.test('what has gone is forgotten: its id is another\'s when it comes again', async t => {
  const holds = new Holds()
  const gone: string[] = []
  holds.run('a')
  holds.forget('a')
  holds.hold('a', () => gone.push('a'))
  t.strictSame(gone, [])
  holds.run('a')
  t.strictSame(gone, ['a'])
})

t.test('what nobody of its own session holds runs soon', async t => {
  const gone: string[] = []
  new Holds().hold('a', () => gone.push('a'))
  for (let i = 0; i < 100 && gone.length === 0; i++) await pause(50)
  t.strictSame(gone, ['a'])
})
