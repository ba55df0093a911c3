import t from 'tap'
import type { Peer } from '../../../src/link/peer.js'
import type { SessionId } from '../../../src/protocol/session-id.js'
import { TakenSessions } from '../../../src/router/taken-sessions.js'

const id = (digit: string): SessionId => digit.repeat(40) as SessionId

/** A link, and what was said on it. */
function link (): { readonly peer: Peer, readonly said: unknown[] } {
  const said: unknown[] = []
  return { peer: { tell: (method: string, params: unknown) => { said.push([method, params]) } } as unknown as Peer, said }
}

t.test('an agent is told of the sessions that clients have, and by a next link again of those that the broken one may have lost', async t => {
  const [first, second] = [link(), link()]
  const taken = new TakenSessions()
  let now = 0
  t.intercept(performance, 'now', { value: () => now })
  taken.take(id('1'), first.peer)
  now = 7000
  taken.take(id('2'), first.peer)
  t.strictSame(first.said, [['taken', { id: id('1') }], ['taken', { id: id('2') }]])
  now = 9000
  taken.cut()
  taken.take(id('3'), undefined)
  now = 60_000
  taken.again(second.peer)
  t.strictSame(second.said, [['taken', { id: id('2') }], ['taken', { id: id('3') }]])
})
