import t from 'tap'
import { Demand } from '../../../src/agent/demand.js'
import type { Profile } from '../../../src/protocol/profile.js'

const offer = { browserName: 'chrome', browserVersion: '156.0', platformName: 'linux' }
const profile = (key: string): Profile => ({ key, capabilities: {} })
const counts = (demand: Demand): Record<string, number> => Object.fromEntries(demand.targets().map(({ profile, count }) => [profile.key, count]))

const eight = (learnedShare = 0.5): Demand => {
  const demand = new Demand({ warm: 8, learnedShare })
  demand.pin(profile('default'), offer, 8)
  return demand
}

const ask = (demand: Demand, key: string, times: number): void => {
  for (let i = 0; i < times; i++) demand.note(profile(key), offer)
}

t.test('at the start all are for the default profile', async t => {
  t.strictSame(counts(eight()), { default: 8 })
})

t.test('of what is not to be kept open none is, whatever else is', async t => {
  const demand = new Demand({ warm: 0, learnedShare: 0.5 })
  demand.pin(profile('default'), offer, 0)
  demand.pin(profile('playwright'), offer, 1)
  t.strictSame(counts(demand), { playwright: 1 })
})

t.test('one request teaches nothing, the second does', async t => {
  const demand = eight()
  ask(demand, 'mobile', 1)
  t.strictSame(counts(demand), { default: 8 })
  ask(demand, 'mobile', 1)
  t.strictSame(counts(demand), { default: 6, mobile: 2 })
})

t.test('learned profiles never get more than their share', async t => {
  const demand = eight(0.25)
  for (const key of ['a', 'b', 'c', 'd']) ask(demand, key, 10)
  t.strictSame(counts(demand), { default: 6, d: 1, c: 1 })
})

t.test('without a share nothing is learned', async t => {
  const demand = eight(0)
  ask(demand, 'mobile', 10)
  t.strictSame(counts(demand), { default: 8 })
})

t.test('what was asked for longest ago is forgotten first', async t => {
  const demand = eight()
  for (const key of ['a', 'b', 'c', 'd', 'e']) ask(demand, key, 2)
  t.notOk('a' in counts(demand))
  ask(demand, 'a', 1)
  t.ok('a' in counts(demand))
  t.notOk('b' in counts(demand))
})

t.test('the more a profile is asked for, the more of the share it has', async t => {
  const demand = eight()
  ask(demand, 'rare', 2)
  ask(demand, 'common', 20)
  t.strictSame(counts(demand), { default: 4, common: 3, rare: 1 })
})

t.test('a profile that cannot be opened is not kept warm', async t => {
  const demand = eight()
  ask(demand, 'broken', 5)
  demand.forget(profile('broken'))
  t.strictSame(counts(demand), { default: 8 })
})

t.test('a small pool is all for the default profile when half of it is nothing', async t => {
  const demand = new Demand({ warm: 1, learnedShare: 0.5 })
  demand.pin(profile('default'), offer, 1)
  ask(demand, 'mobile', 5)
  t.strictSame(counts(demand), { default: 1 })
})
