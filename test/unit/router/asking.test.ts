import t from 'tap'
import { LinkError } from '../../../src/link/link-error.js'
import type { Peer } from '../../../src/link/peer.js'
import { Asking, Unheard } from '../../../src/router/asking.js'

interface Asked {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal | undefined
  readonly answer: (value: unknown) => void
  readonly fail: (error: Error) => void
}

/** A link on which the test answers. */
function link (): { readonly peer: Peer, readonly asked: Asked[], readonly told: unknown[] } {
  const asked: Asked[] = []
  const told: unknown[] = []
  const peer = {
    ask: (method: string, params: Asked['params'], signal?: AbortSignal) => new Promise((resolve, reject) => asked.push({ method, params, signal, answer: resolve, fail: reject })),
    tell: (method: string, params: unknown) => told.push([method, params])
  }
  return { peer: peer as unknown as Peer, asked, told }
}

const wish = { candidates: [], user: 'ann', waited: 5, takes: true }
const patience = (deadline = 20): { signal: AbortSignal, deadline: number } => ({ signal: new AbortController().signal, deadline })
const late = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

t.test('an answer is its own grant', async t => {
  const [{ peer, asked }, asking] = [link(), new Asking()]
  const session = asking.atOnce(peer, wish, patience())
  t.match(asked, [{ method: 'newSession', params: { user: 'ann', waited: 5, grant: 1 } }])
  asked[0]?.answer('session')
  t.equal(await session, 'session')
})

t.test('who has said that he opens it is waited for, and whose error it is then is told', async t => {
  const [{ peer, asked }, asking] = [link(), new Asking()]
  const sessions = [asking.atOnce(peer, wish, patience()), asking.atOnce(peer, wish, patience())]
  for (const grant of [2, 1, 7]) asking.granted({ grant })
  await late(40)
  asked[0]?.answer('session')
  asked[1]?.fail(new LinkError('lost', 'the link broke'))
  t.equal(await sessions[0], 'session')
  await t.rejects(sessions[1] ?? Promise.resolve(), { name: 'LinkError', problem: 'lost' })
})

t.test('who says nothing in time is given up, and what he still opens can be ended', async t => {
  const [{ peer, asked }, asking] = [link(), new Asking()]
  const error: unknown = await asking.atOnce(peer, wish, patience()).catch((error: unknown) => error)
  t.type(error, Unheard)
  t.equal(asked[0]?.signal?.aborted, true)
  asked[0]?.answer('too late')
  t.equal(await (error as Unheard).answer, 'too late')
})

t.test('a link that breaks before there is a word is no word; a refusal is one', async t => {
  const [{ peer, asked }, asking] = [link(), new Asking()]
  const [lost, full] = [asking.atOnce(peer, wish, patience()), asking.atOnce(peer, wish, patience())]
  asked[0]?.fail(new LinkError('lost', 'the link broke'))
  asked[1]?.fail(new LinkError('full', 'every browser is in use'))
  await t.rejects(lost, { name: 'Unheard', message: 'the link broke' })
  await t.rejects(full, { name: 'LinkError', problem: 'full' })
})

t.test('older agents are asked for a place first, which is given back when it comes too late', async t => {
  const [{ peer, asked, told }, asking] = [link(), new Asking()]
  const session = asking.inTwoSteps(peer, wish, patience())
  asked[0]?.answer(42)
  await late(0)
  t.match(asked, [{ method: 'reserve', params: { waited: 5 } }, { method: 'newSession', params: { ticket: 42 } }])
  asked[1]?.answer('session')
  t.equal(await session, 'session')
  await t.rejects(asking.inTwoSteps(peer, wish, patience()), { name: 'Unheard' })
  asked[2]?.answer(43)
  await late(0)
  t.strictSame(told, [['release', { ticket: 43 }]])
  const full = asking.inTwoSteps(peer, wish, patience())
  asked[3]?.fail(new LinkError('full', 'every browser is in use'))
  await t.rejects(full, { name: 'LinkError', problem: 'full' })
})
