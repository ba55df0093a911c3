import t from 'tap'
import { Drains } from '../../../src/agent/drains.js'

t.test('a drain counts until it is undone', async t => {
  const drains = new Drains()
  t.equal(drains.on, false)
  const counts = drains.begin(false)
  t.strictSame([drains.on, counts()], [true, true])
  t.equal(drains.undo(), true)
  t.strictSame([drains.on, counts()], [false, false])
})

t.test('of several drains the last one counts', async t => {
  const drains = new Drains()
  const [first, second] = [drains.begin(false), drains.begin(false)]
  t.strictSame([first(), second()], [false, true])
})

t.test('one for good is never undone, also when another one follows', async t => {
  const drains = new Drains()
  drains.begin(true)
  const last = drains.begin(false)
  t.equal(drains.undo(), false)
  t.strictSame([drains.on, last()], [true, true])
})

t.test('what is not drained is undone already', async t => {
  t.equal(new Drains().undo(), true)
})
