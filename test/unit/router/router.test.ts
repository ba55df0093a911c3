import t from 'tap'
import { Full } from '../../../src/agent/full.js'
import type { Session, SessionRequest } from '../../../src/protocol/remote-end.js'
import type { Member } from '../../../src/router/member.js'
import { looksAt, policyOf } from '../../../src/router/policies.js'
import { Router } from '../../../src/router/router.js'
import { until } from '../../support/until.js'

const chrome = [{ browserName: 'chrome', browserVersion: '156.0.0.0', platformName: 'linux' }]
const router = (): Router => new Router({ policy: policyOf('least-connections', { routers: () => 1 }), looksAt: looksAt('least-connections'), queueTimeout: 60_000, queueLimit: 10 })
const request = (): SessionRequest => ({ candidates: [{ browserName: 'chrome' }], user: '', askedAt: Date.now(), signal: new AbortController().signal })

/** It goes while it opens a session. */
class Vanished extends Error {}

interface Fake extends Member {
  room: number
  asked: number
}

/** @param answers what it says to each request, one after the other @param leased the fewer, the sooner it is asked */
const agent = (id: string, leased: number, answers: readonly (Error | string)[]): Fake => {
  const newSession = async (): Promise<Session> => {
    const answer = answers[fake.asked++]
    if (typeof answer === 'string') return { id: answer } as unknown as Session
    throw answer ?? new Error(`${id} was asked too often`)
  }
  const end = { newSession, status: () => ({ ready: true, message: '', agents: [], queue: [] }) } as unknown as Member['end']
  const load = { leased, capacity: 10, weight: 1, cpu: 0, memory: 0, startup: 0, warm: {} }
  const errors: Pick<Member, 'isElsewhere' | 'hasVanished'> = { isElsewhere: error => error instanceof Full, hasVanished: error => error instanceof Vanished }
  const fake: Fake = { id, end, offers: chrome, room: 1, asked: 0, failing: false, isWarm: () => false, ...load, ...errors }
  return fake
}

const grid = (...members: readonly Member[]): Router => {
  const all = router()
  members.forEach(member => all.join(member))
  return all
}

t.test('an agent that goes while it opens a session: another one is asked, and the client hears nothing of it', async t => {
  const [first, second] = [agent('first', 0, [new Vanished('cable')]), agent('second', 1, ['a session'])]
  t.match(await grid(first, second).newSession(request()), { id: 'a session' })
  t.strictSame([first.asked, second.asked], [1, 1])
})

t.test('a request at which two agents went is given to no third: it might be why', async t => {
  const agents = [agent('first', 0, [new Vanished('the first cable')]), agent('second', 1, [new Vanished('the second cable')]), agent('third', 2, ['a session'])]
  await t.rejects(grid(...agents).newSession(request()), { message: 'the second cable' })
  t.strictSame(agents.map(({ asked }) => asked), [1, 1, 0])
})

t.test('where there is no other agent the request waits for one; whether an agent went at it before is not forgotten', async t => {
  const first = agent('first', 0, [new Vanished('cable'), new Vanished('cable again')])
  const alone = grid(first)
  const waiting = alone.newSession(request())
  first.room = 0
  await until('it waits', () => alone.status().queue.length === 1)
  first.room = 1
  alone.changed(first)
  await t.rejects(waiting, { message: 'cable again' })
  t.equal(first.asked, 2)
})

t.test('what an agent refuses is the client\'s to hear; what it has no room for goes elsewhere', async t => {
  const [refusing, idle] = [agent('refusing', 0, [new Error('no such switch')]), agent('idle', 1, [])]
  await t.rejects(grid(refusing, idle).newSession(request()), { message: 'no such switch' })
  t.equal(idle.asked, 0)
  const [full, free] = [agent('full', 0, [new Full()]), agent('free', 1, ['a session'])]
  t.match(await grid(full, free).newSession(request()), { id: 'a session' })
})
