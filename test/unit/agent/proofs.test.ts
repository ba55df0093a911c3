import t from 'tap'
import type { OpenBrowser } from '../../../src/agent/open-browser.js'
import { Proofs } from '../../../src/agent/proofs.js'
import type { Slot } from '../../../src/agent/slot.js'
import { HeldClock } from '../../support/held-clock.js'

interface Warm {
  readonly slot: Slot
  asked: number
  answers: boolean
  running: boolean
}

/** @param local whether the kernel can be asked whether its process runs */
function warm (key: string, local: boolean): Warm {
  const browser = {
    profile: { key },
    life: { alive: () => { it.asked++; return Promise.resolve(it.answers) } },
    ...local ? { runs: () => it.running } : {}
  } as unknown as OpenBrowser
  const it: Warm = { slot: { browser } as unknown as Slot, asked: 0, answers: true, running: true }
  return it
}

function grid (...all: Warm[]): { readonly clock: HeldClock, readonly proofs: Proofs, readonly hung: Slot[] } {
  const clock = new HeldClock()
  const hung: Slot[] = []
  return { clock, hung, proofs: new Proofs({ clock, warm: () => all.map(({ slot }) => slot), hangs: slot => hung.push(slot) }) }
}

t.test('a browser is asked before it is handed out', async t => {
  const a = warm('a', false)
  const { proofs } = grid(a)
  t.equal(await proofs.take(a.slot), true)
  a.answers = false
  const b = warm('a', false)
  b.answers = false
  t.equal(await proofs.take(b.slot), false)
  t.strictSame([a.asked, b.asked], [1, 1])
})

t.test('who was asked when the client came is not asked again', async t => {
  const [a, b] = [warm('a', false), warm('a', false)]
  const { proofs, clock } = grid(a, b)
  proofs.foresee()
  clock.pass(10)
  t.equal(await proofs.take(a.slot), true)
  t.strictSame([a.asked, b.asked], [1, 0])
})

t.test('an answer that was asked for a while ago counts no more', async t => {
  const a = warm('a', false)
  const { proofs, clock } = grid(a)
  proofs.foresee()
  clock.pass(60)
  a.answers = false
  t.equal(await proofs.take(a.slot), false)
})

t.test('clients that come by the dozen do not make a browser answer by the dozen', async t => {
  const a = warm('a', false)
  const { proofs } = grid(a)
  for (let i = 0; i < 12; i++) proofs.foresee()
  t.equal(a.asked, 1)
})

t.test('the next one is foreseen of the profile that was handed out last', async t => {
  const [a, b] = [warm('a', false), warm('b', false)]
  const { proofs, clock } = grid(a, b)
  await proofs.take(b.slot)
  clock.pass(100)
  proofs.foresee()
  t.strictSame([a.asked, b.asked], [0, 2])
})

t.test('where the kernel can be asked', async t => {
  t.test('a running browser that has answered of late is not asked again', async t => {
    const a = warm('a', true)
    const { proofs, clock } = grid(a)
    proofs.opened(a.slot)
    clock.pass(900)
    proofs.foresee()
    t.equal(await proofs.take(a.slot), true)
    t.equal(a.asked, 0)
  })

  t.test('one whose process does not run has to answer', async t => {
    const a = warm('a', true)
    const { proofs } = grid(a)
    proofs.opened(a.slot)
    a.running = false
    a.answers = false
    t.equal(await proofs.take(a.slot), false)
    t.equal(a.asked, 1)
  })

  t.test('one that answers although its driver has been killed is none', async t => {
    const a = warm('a', true)
    const { proofs } = grid(a)
    proofs.opened(a.slot)
    a.running = false
    t.equal(await proofs.take(a.slot), false)
  })

  t.test('the next of each profile is asked each second, and is told of when it hangs', async t => {
    const [a, second, b, elsewhere] = [warm('a', true), warm('a', true), warm('b', true), warm('c', false)]
    const { proofs, clock, hung } = grid(a, second, b, elsewhere)
    for (let i = 0; i < 3; i++) clock.pass(1000)
    t.strictSame([a.asked, second.asked, b.asked, elsewhere.asked], [3, 0, 3, 0])
    b.answers = false
    clock.pass(1000)
    await new Promise(setImmediate)
    t.strictSame(hung, [b.slot])
    proofs.close()
    clock.pass(1000)
    t.equal(a.asked, 4)
  })
})
