/** When others let go of what begins. */
import t from 'tap'
import { setTimeout as pause } from 'node:timers/promises'
import type { Attached } from '../../../src/protocol/cdp.js'
import { Holds } from '../../../src/runtime/context/holds.js'

const begun = (targetId: string, { browserContextId = 'home', type = 'page', waitingForDebugger = true } = {}): Attached => ({ sessionId: `s-${targetId}`, targetInfo: { targetId, type, title: '', url: '', browserContextId }, waitingForDebugger })

/** One of whose contexts, `home`, a client wants to have all. */
function holdsOf (): { readonly holds: Holds, readonly watched: boolean[], readonly client: object } {
  const watched: boolean[] = []
  const holds = new Holds(on => watched.push(on))
  const client = {}
  holds.want(client, new Set(['home']), true)
  return { holds, watched, client }
}

t.test('when its own session has let it run, at once where it has; and when it is gone', async t => {
  const { holds } = holdsOf()
  const gone: string[] = []
  for (const name of ['a', 'a too', 'b']) holds.hold(begun(name.charAt(0)), () => gone.push(name))
  t.strictSame(gone, [])
  holds.run('a')
  t.strictSame(gone, ['a', 'a too'])
  holds.hold(begun('a'), () => gone.push('late'))
  holds.forget('b')
  t.strictSame(gone, ['a', 'a too', 'late', 'b'])
  for (const name of ['a', 'b']) holds.run(name)
  t.equal(gone.length, 4, 'each once')
})

t.test('at once where its own session does not wait for it, and where it runs already', async t => {
  const { holds, client } = holdsOf()
  const gone: string[] = []
  holds.hold(begun('a', { browserContextId: 'other' }), () => gone.push('another session'))
  holds.hold(begun('b', { type: 'tab' }), () => gone.push('a tab'))
  holds.hold(begun('c', { waitingForDebugger: false }), () => gone.push('runs'))
  holds.want(client, new Set(['home']), false)
  holds.hold(begun('d'), () => gone.push('not wanted any more'))
  t.strictSame(gone, ['another session', 'a tab', 'runs', 'not wanted any more'])
})

t.test('pages are watched as long as a client wants to have all', async t => {
  const { holds, watched, client } = holdsOf()
  const second = {}
  for (const wanted of [true, true, false]) holds.want(second, new Set(), wanted)
  t.strictSame(watched, [true])
  holds.want(client, new Set(), false)
  holds.want(client, new Set(), false)
  t.strictSame(watched, [true, false])
})

t.test('what has gone is forgotten: its id is another\'s when it comes again', async t => {
  const { holds } = holdsOf()
  const gone: string[] = []
  holds.run('a')
  holds.forget('a')
  holds.hold(begun('a'), () => gone.push('a'))
  t.strictSame(gone, [])
  holds.run('a')
  t.strictSame(gone, ['a'])
})

t.test('what its own session says nothing of runs soon', async t => {
  const gone: string[] = []
  holdsOf().holds.hold(begun('a'), () => gone.push('a'))
  for (let i = 0; i < 100 && gone.length === 0; i++) await pause(50)
  t.strictSame(gone, ['a'])
})
