import t from 'tap'
import { Fleet } from '../../../src/router/fleet.js'
import { Matches, type Member } from '../../../src/router/member.js'
import { place, type PlacementOptions } from '../../../src/router/placement.js'
import { looksAt, policyOf } from '../../../src/router/policies.js'
import type { BrowserOffer, SessionRequest } from '../../../src/protocol/remote-end.js'

const chrome: readonly BrowserOffer[] = [{ browserName: 'chrome', browserVersion: '156.0.0.0', platformName: 'linux' }]
const firefox: readonly BrowserOffer[] = [{ browserName: 'firefox', browserVersion: '150.0', platformName: 'linux' }]
/** @param about may have getters */
const member = (id: string, about: Partial<Member> = {}): Member => {
  const plain: Member = { id, end: {} as never, offers: chrome, room: 1, failing: false, leased: 0, capacity: 10, weight: 1, cpu: 0, memory: 0, startup: 0, isWarm: () => false, isElsewhere: () => false }
  return Object.defineProperties(plain, Object.getOwnPropertyDescriptors(about))
}
const matches = (browserName: string): Matches => new Matches({ candidates: [{ browserName }], user: '', askedAt: 0, signal: new AbortController().signal } satisfies SessionRequest)
const options: PlacementOptions = { policy: policyOf('least-connections', { routers: () => 1 }), looksAt: looksAt('least-connections') }
const chosen = (fitting: readonly Member[], refused: readonly Member[] = []): string | undefined => place(options, { fitting, matches: matches('chrome'), refused: new Set(refused) })?.id
const many = (about: (i: number) => Partial<Member>): Member[] => Array.from({ length: 1000 }, (_, i) => member(`agent${i}`, about(i)))

t.test('the only one with room is found among a thousand', async t => {
  t.equal(chosen(many(i => ({ room: i === 617 ? 1 : 0 }))), 'agent617')
})

t.test('the only warm one is found among a thousand', async t => {
  t.equal(chosen(many(i => ({ isWarm: () => i === 617 }))), 'agent617')
})

t.test('a thousand without room are nobody', async t => {
  t.equal(chosen(many(() => ({ room: 0 }))), undefined)
})

t.test('whoever has refused is not asked again, the last one of a thousand included', async t => {
  const members = many(() => ({}))
  t.equal(chosen(members, members.filter(({ id }) => id !== 'agent3')), 'agent3')
  t.equal(chosen(members, members), undefined)
})

t.test('one whose launches fail is asked when nobody else can be', async t => {
  t.equal(chosen([member('failing', { failing: true, isWarm: () => true }), member('sound', { leased: 9 })]), 'sound')
  t.equal(chosen([member('failing', { failing: true }), member('full', { room: 0 })]), 'failing')
})

t.test('a thousand warm ones are not all looked at, and fill evenly', async t => {
  let looked = 0
  const leased = Array.from({ length: 1000 }, () => 0)
  const members = many(i => ({ isWarm: () => { looked++; return true }, get leased () { return leased[i] ?? 0 }, capacity: 100 }))
  for (let turn = 0; turn < 10_000; turn++) {
    const at = Number(chosen(members)?.slice('agent'.length))
    leased[at] = (leased[at] ?? 0) + 1
  }
  t.ok(looked <= 10_000 * 32, `${looked} were looked at`)
  t.ok(Math.max(...leased) <= 12, `the fullest has ${Math.max(...leased)}, the mean 10`)
})

t.test('a fleet knows who offers what, also when that changes', async t => {
  const fleet = new Fleet()
  let offers = chrome
  const changing = member('b', { get offers () { return offers } })
  const ids = (browserName: string): string[] => fleet.fitting(matches(browserName)).map(({ id }) => id).sort()
  fleet.add(member('a'))
  fleet.add(changing)
  fleet.add(member('c', { offers: firefox }))
  t.strictSame([ids('chrome'), ids('firefox')], [['a', 'b'], ['c']])
  offers = firefox
  fleet.regroup(changing)
  t.strictSame([ids('chrome'), ids('firefox')], [['a'], ['b', 'c']])
  fleet.remove(changing)
  fleet.regroup(changing)
  t.strictSame([ids('chrome'), ids('firefox')], [['a'], ['c']])
})

t.test('who joins again takes his own place', async t => {
  const fleet = new Fleet()
  const [before, after] = [member('a'), member('a', { offers: firefox })]
  fleet.add(before)
  fleet.add(after)
  fleet.remove(before)
  t.strictSame([...fleet.members], [after])
  t.strictSame(fleet.offers, [firefox])
})
