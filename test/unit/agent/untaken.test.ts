import t from 'tap'
import { Untaken } from '../../../src/agent/untaken.js'
import type { SessionId } from '../../../src/protocol/session-id.js'
import { HeldClock } from '../../support/held-clock.js'

const id = (digit: string): SessionId => digit.repeat(40) as SessionId

t.test('of what was asked for on a link that broke, what nobody speaks of again is ended, after a while', async t => {
  const clock = new HeldClock()
  const ended: SessionId[] = []
  const untaken = new Untaken(clock, id => ended.push(id))
  const [taken, late, lost, other] = [id('1'), id('2'), id('3'), id('4')]
  for (const session of [taken, late, lost, other]) untaken.add(session)
  untaken.heardOf(taken)
  untaken.cut([taken, late, lost])
  clock.pass(9000)
  t.strictSame(ended, [], 'a router may be back')
  untaken.heardOf(late)
  clock.pass(2000)
  t.strictSame(ended, [lost])
  clock.pass(60_000)
  t.strictSame(ended, [lost], 'once; another link\'s are not')
})
