import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { PromisedSession } from '../../../src/api/promised-session.js'
import type { Session } from '../../../src/protocol/remote-end.js'

const session = { id: 'one' } as unknown as Session

class Promised {
  readonly log: string[] = []
  readonly session: PromisedSession
  open: (session: Session) => void = () => {}
  refuse: (error: Error) => void = () => {}

  constructor () {
    this.session = new PromisedSession(gone => new Promise((resolve, reject) => {
      this.open = resolve
      this.refuse = reject
      gone.addEventListener('abort', () => { this.log.push('nobody waits'); reject(new Error('nobody waits')) })
    }), () => { this.log.push('over') })
  }
}

t.test('all who come have the one session, and the last who leaves ends it', async t => {
  const promised = new Promised()
  const stays = new AbortController().signal
  const both = Promise.all([promised.session.join(stays), promised.session.join(stays)])
  promised.open(session)
  t.strictSame(await both, [session, session])
  promised.session.leave()
  t.equal(await promised.session.join(stays), session)
  promised.session.leave()
  t.notOk(promised.log.includes('over'))
  promised.session.leave()
  t.equal(promised.log.filter(what => what === 'over').length, 1)
})

t.test('while it is waited for: who hangs up leaves, and when all have it is waited for no more', async t => {
  const promised = new Promised()
  const [first, second] = [new AbortController(), new AbortController()]
  const outcomes = [first, second].map(({ signal }) => promised.session.join(signal).then(() => 'a session', () => 'none'))
  first.abort()
  await turn()
  t.strictSame(promised.log, [])
  second.abort()
  t.strictSame(await Promise.all(outcomes), ['none', 'none'])
  t.strictSame(promised.log, ['nobody waits', 'over'])
})

t.test('one who has hung up before it is there has no part in it', async t => {
  const promised = new Promised()
  const gone = new AbortController()
  const [leaves, stays] = [promised.session.join(gone.signal), promised.session.join(new AbortController().signal)]
  gone.abort()
  promised.open(session)
  await t.rejects(leaves)
  t.equal(await stays, session)
  promised.session.leave()
  t.ok(promised.log.includes('over'))
})

t.test('one who had hung up before he came leaves nothing behind', async t => {
  const promised = new Promised()
  await t.rejects(promised.session.join(AbortSignal.abort()))
  t.strictSame(promised.log, ['nobody waits', 'over'])
})

t.test('a refusal is everybody\'s', async t => {
  const promised = new Promised()
  const stays = new AbortController().signal
  const both = [promised.session.join(stays), promised.session.join(stays)].map(joined => joined.catch((error: Error) => error.message))
  promised.refuse(new Error('no browser became free'))
  t.strictSame(await Promise.all(both), ['no browser became free', 'no browser became free'])
  t.equal(promised.log.filter(what => what === 'over').length, 1)
})
