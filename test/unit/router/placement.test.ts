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
  const plain: Member = { id, end: {} as never, offers: chrome, room: 1, failing: false, leased: 0, capacity: 10, weight: 1, cpu: 0, memory: 0, startup: 0, warm: {}, isWarm (profile) { return (this.warm[profile] ?? 0) > 0 }, isElsewhere: () => false, hasVanished: () => false }
  return Object.defineProperties(plain, Object.getOwnPropertyDescriptors(about))
}
const matches = (browserName: string): Matches => new Matches({ candidates: [{ browserName }], user: '', askedAt: 0, signal: new AbortController().signal } satisfies SessionRequest)
const options: PlacementOptions = { policy: policyOf('least-connections', { routers: () => 1 }), looksAt: looksAt('least-connections') }
const isOpen = { [matches('chrome').profile(chrome)]: 1 }
const fleetOf = (members: readonly Member[]): Fleet => {
  const fleet = new Fleet()
  members.forEach(member => fleet.add(member))
  return fleet
}
const chosenOf = (fleet: Fleet, refused: readonly Member[] = []): string | undefined => {
  const wish = matches('chrome')
  return place(options, { fitting: fleet.fitting(wish), matches: wish, refused: new Set(refused) })?.id
}
const chosen = (members: readonly Member[], refused: readonly Member[] = []): string | undefined => chosenOf(fleetOf(members), refused)
const many = (about: (i: number) => Partial<Member>): Member[] => Array.from({ length: 1000 }, (_, i) => member(`agent${i}`, about(i)))

t.test('the only one with room is found among a thousand', async t => {
  t.equal(chosen(many(i => ({ room: i === 617 ? 1 : 0 }))), 'agent617')
})

t.test('the only warm one is found among a thousand', async t => {
  t.equal(chosen(many(i => i === 617 ? { warm: isOpen } : {})), 'agent617')
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
  t.equal(chosen([member('failing', { failing: true, warm: isOpen }), member('sound', { leased: 9 })]), 'sound')
  t.equal(chosen([member('failing', { failing: true }), member('full', { room: 0 })]), 'failing')
})

t.test('a thousand warm ones are not all looked at, and fill evenly', async t => {
  let looked = 0
  const leased = Array.from({ length: 1000 }, () => 0)
  const fleet = fleetOf(many(i => ({ warm: isOpen, isWarm: () => { looked++; return true }, get leased () { return leased[i] ?? 0 }, capacity: 100 })))
  for (let turn = 0; turn < 10_000; turn++) {
    const at = Number(chosenOf(fleet)?.slice('agent'.length))
    leased[at] = (leased[at] ?? 0) + 1
  }
  t.ok(looked <= 10_000 * 32, `${looked} were looked at`)
  t.ok(Math.max(...leased) <= 12, `the fullest has ${Math.max(...leased)}, the mean 10`)
})

t.test('a fleet knows who offers what, also when that changes', async t => {
  const fleet = new Fleet()
  let offers = chrome
  const changing = member('b', { get offers () { return offers } })
  const ids = (browserName: string): string[] => fleet.fitting(matches(browserName)).all.map(({ id }) => id).sort()
  fleet.add(member('a'))
  fleet.add(changing)
  fleet.add(member('c', { offers: firefox }))
  t.strictSame([ids('chrome'), ids('firefox')], [['a', 'b'], ['c']])
  offers = firefox
  fleet.heard(changing)
  t.strictSame([ids('chrome'), ids('firefox')], [['a'], ['b', 'c']])
  fleet.remove(changing)
  fleet.heard(changing)
  t.strictSame([ids('chrome'), ids('firefox')], [['a'], ['c']])
})

t.test('a thousand failing warm ones are left alone while another one can open it', async t => {
  t.equal(chosen(many(i => i === 617 ? {} : { failing: true, warm: isOpen })), 'agent617')
})

t.test('one of a thousand that is warm and much fuller than another is left alone', async t => {
  t.not(chosen(many(i => i === 617 ? { warm: isOpen, leased: 5 } : {})), 'agent617')
  t.equal(chosen(many(i => i === 617 ? { warm: isOpen, leased: 2 } : {})), 'agent617')
})

t.test('few are looked at among a thousand, whoever has it open', async t => {
  let looked = 0
  const fleet = fleetOf(many(i => ({ get room () { looked++; return i % 100 === 0 ? 1 : 0 }, ...i === 617 ? { warm: isOpen } : {} })))
  looked = 0
  t.match(chosenOf(fleet), /00$|agent0/)
  t.ok(looked <= 64, `${looked} were looked at`)
})

t.test('a fleet knows who has room and what is open, as it hears of it', async t => {
  let [room, warm]: [number, Member['warm']] = [0, {}]
  const changing = member('b', { get room () { return room }, get warm () { return warm } })
  const fleet = fleetOf([member('a', { room: 0 }), changing, member('c', { offers: firefox })])
  const known = (): string[][] => {
    const fitting = fleet.fitting(matches('chrome'))
    return [fitting.roomy(), fitting.warm()].map(members => members.map(({ id }) => id))
  }
  t.strictSame(known(), [[], []]);
  [room, warm] = [1, isOpen]
  fleet.heard(changing)
  t.strictSame(known(), [['b'], ['b']])
  warm = { other: 1, ...Object.fromEntries(Object.keys(isOpen).map(profile => [profile, 0])) }
  fleet.heard(changing)
  t.strictSame(known(), [['b'], []])
  warm = isOpen
  fleet.heard(changing)
  fleet.remove(changing)
  t.strictSame(known(), [[], []])
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
