import t from 'tap'
import { nextStep, type PlannedSlot, type PoolView } from '../../../src/agent/plan.js'
import type { Profile } from '../../../src/protocol/profile.js'
import type { SlotState } from '../../../src/protocol/remote-end.js'

const chrome = { browserName: 'chrome', browserVersion: '156.0', platformName: 'linux' }
const firefox = { browserName: 'firefox', browserVersion: '140.0', platformName: 'linux' }
const plain: Profile = { key: 'plain', capabilities: {} }
const mobile: Profile = { key: 'mobile', capabilities: {} }

const slot = (state: SlotState, profile?: Profile, offer = chrome): PlannedSlot =>
  ({ state, offer, opening: state === 'blank' ? profile : undefined, browser: state !== 'blank' && profile !== undefined ? { profile } : undefined })
const blank = (): PlannedSlot => slot('blank')
const opening = (profile: Profile): PlannedSlot => slot('blank', profile)
const warm = (profile: Profile): PlannedSlot => slot('warm', profile)
const leased = (profile: Profile): PlannedSlot => slot('leased', profile)

const plan = (view: Partial<PoolView<PlannedSlot>>) =>
  nextStep({ slots: [], waiting: [], targets: [], size: 4, blanks: 1, launches: 2, backedOff: false, beginning: 0, ...view })
const target = (profile: Profile, count: number) => ({ profile, offer: chrome, count })
const wish = (profile: Profile, offer = chrome) => ({ profile, offer })

t.test('an empty pool that is to hold nothing does nothing', async t => {
  t.equal(plan({}), undefined)
})

t.test('a driver is started when a browser is to be warm and none is there', async t => {
  t.strictSame(plan({ targets: [target(plain, 1)] }), { do: 'start', offer: chrome })
})

t.test('a blank slot is opened for what is missing', async t => {
  const free = blank()
  t.strictSame(plan({ slots: [free], targets: [target(plain, 1)] }), { do: 'open', slot: free, profile: plain })
})

t.test('who waits comes before what is to be kept warm', async t => {
  const free = blank()
  t.strictSame(plan({ slots: [free], waiting: [wish(mobile)], targets: [target(plain, 1)] }), { do: 'open', slot: free, profile: mobile })
})

t.test('a launch under way counts for the first who waits for it, and for nobody else', async t => {
  const free = blank()
  t.equal(plan({ slots: [opening(plain)], waiting: [wish(plain)], blanks: 0 }), undefined)
  t.strictSame(plan({ slots: [opening(plain), free], waiting: [wish(plain), wish(plain)] }), { do: 'open', slot: free, profile: plain })
})

t.test('no more browsers are opened at once than may be', async t => {
  t.equal(plan({ slots: [opening(plain), opening(plain), blank()], targets: [target(plain, 4)] }), undefined)
})

t.test('while somebody works, refilling leaves half of the launches alone', async t => {
  const slots = [leased(plain), opening(plain), blank()]
  t.equal(plan({ slots, targets: [target(plain, 2)] }), undefined)
  t.match(plan({ slots, waiting: [wish(mobile)], targets: [target(plain, 2)] }), { do: 'open', profile: mobile })
})

t.test('a slot that is being started or cleaned is waited for', async t => {
  t.equal(plan({ slots: [slot('starting')], waiting: [wish(plain)], blanks: 0, size: 1 }), undefined)
  t.equal(plan({ slots: [slot('recycling', plain)], waiting: [wish(plain)], blanks: 0, size: 1 }), undefined)
})

t.test('with every browser open, a warm one that is wanted less makes room', async t => {
  const other = warm(plain)
  t.strictSame(plan({ slots: [leased(plain), other], size: 2, waiting: [wish(mobile)], targets: [target(plain, 1)] }), { do: 'evict', slot: other })
})

t.test('what is to be kept warm makes room only of what is too many', async t => {
  const slots = [warm(plain), warm(plain), blank()]
  t.match(plan({ slots, size: 2, targets: [target(plain, 1), target(mobile, 1)] }), { do: 'evict', slot: slots[0] ?? {} })
  t.equal(plan({ slots, size: 2, blanks: 1, targets: [target(plain, 2), target(mobile, 1)] }), undefined)
})

t.test('nobody who works is ever evicted', async t => {
  t.equal(plan({ slots: [leased(plain), leased(plain)], size: 2, blanks: 0, waiting: [wish(mobile)] }), undefined)
})

t.test('a driver of another browser gives way when there is no room for one more slot', async t => {
  const other = slot('blank', undefined, firefox)
  t.strictSame(plan({ slots: [leased(plain), other], size: 2, blanks: 0, waiting: [wish(plain)] }), { do: 'evict', slot: other })
})

t.test('spare drivers are kept for what nobody foresaw', async t => {
  t.strictSame(plan({ slots: [warm(plain)], targets: [target(plain, 1)], blanks: 1 }), { do: 'start', offer: chrome })
  t.equal(plan({ slots: [warm(plain), blank()], targets: [target(plain, 1)], blanks: 1 }), undefined)
})

t.test('after failed launches only clients who wait are served', async t => {
  const free = blank()
  t.equal(plan({ slots: [free], targets: [target(plain, 1)], backedOff: true }), undefined)
  t.strictSame(plan({ slots: [free], waiting: [wish(plain)], backedOff: true }), { do: 'open', slot: free, profile: plain })
})

t.test('from any mixture of slots the plan comes to an end, within its bounds', async t => {
  let seed = 7
  const random = (below: number): number => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below }
  for (let round = 0; round < 500; round++) {
    const size = 1 + random(6)
    const slots = Array.from({ length: random(size + 1) }, () => [blank(), warm(plain), warm(mobile), leased(plain), slot('recycling', plain)][random(5)] as PlannedSlot)
    const view = { slots, size, launches: 1 + random(3), blanks: random(3), waiting: [], targets: [target(plain, random(size + 1)), target(mobile, random(2))] }
    let steps = 0
    for (let step = plan(view); step !== undefined; step = plan(view)) {
      if (++steps > 50) return t.fail(`no end in round ${round}`)
      if (step.do === 'start') slots.push(blank())
      else {
        slots.splice(slots.indexOf(step.slot), 1)
        if (step.do === 'open') slots.push(warm(step.profile))
        else if (step.slot.state === 'warm') slots.push(blank())
      }
    }
    const browsers = slots.filter(({ browser }) => browser !== undefined).length
    if (browsers > size) return t.fail(`${browsers} browsers in a pool of ${size}`)
  }
  t.pass('500 pools came to rest')
})

t.test('what nobody waits for is not launched beside a session that begins, on a machine for which that is much', async t => {
  const free = blank()
  const view = { slots: [free, leased(plain)], targets: [target(plain, 1)], beginning: 1 }
  t.equal(plan(view), undefined)
  t.strictSame(plan({ ...view, launches: 8 }), { do: 'open', slot: free, profile: plain })
  t.strictSame(plan({ ...view, waiting: [wish(mobile)] }), { do: 'open', slot: free, profile: mobile })
  t.equal(plan({ ...view, slots: [leased(plain)] }), undefined, 'nor is a driver started')
})
