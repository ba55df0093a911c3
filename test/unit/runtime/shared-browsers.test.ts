/** Which browser a session gets a seat in, and when a browser goes. */
import t from 'tap'
import type { BrowserOffer } from '../../../src/protocol/remote-end.js'
import type { Death, Place } from '../../../src/runtime/runtime.js'
import { SharedBrowsers, type SharingLimits } from '../../../src/runtime/shared-browsers.js'
import { readNote } from '../../../src/runtime/shared-note.js'

const offer: BrowserOffer = { browserName: 'chrome', browserVersion: '1', platformName: 'linux', context: { user: 'ann' } }
const roomy: SharingLimits = { sessions: 2, uses: 100, age: 60_000, memory: 1000 }
const { signal } = new AbortController()

interface FakePlace extends Place {
  readonly number: number
  readonly destroyed: boolean
  /** What a restarted agent finds. */
  noted (): string
  die (death: Death): void
}

function sharing (limits: Partial<SharingLimits> = {}): { browsers: SharedBrowsers, places: FakePlace[] } {
  const places: FakePlace[] = []
  const start = async (): Promise<Place> => {
    let die = (_death: Death): void => {}
    const died = new Promise<Death>(resolve => { die = resolve })
    const place = { number: places.length, destroyed: false, died, die, note (record: () => string) { place.noted = record }, noted: () => '', async destroy () { place.destroyed = true; die({ cause: 'ended', why: 'it was removed' }) } } as unknown as FakePlace & { destroyed: boolean }
    places.push(place)
    return place
  }
  return { browsers: new SharedBrowsers(start, { ...roomy, ...limits }), places }
}

t.test('sessions fill a browser before there is another, and go where the fewest are', async t => {
  const { browsers, places } = sharing()
  const seats = await Promise.all([1, 2, 3, 4, 5].map(() => browsers.seat(offer, {}, signal)))
  t.equal(places.length, 3)
  t.strictSame(seats.map(({ seats }) => seats).sort(), [1, 2, 2, 2, 2])
  const [first] = seats
  if (first === undefined) return
  browsers.leave(first)
  browsers.leave(first)
  t.equal(await browsers.seat(offer, {}, signal), first, 'the empty one, and not that with one session')
})

t.test('nobody shares a browser with another user, nor with other wishes for it', async t => {
  const { browsers, places } = sharing()
  await browsers.seat(offer, {}, signal)
  await browsers.seat({ ...offer, context: { user: 'bob' } }, {}, signal)
  await browsers.seat(offer, { 'goog:chromeOptions': { args: ['--lang=de'] } }, signal)
  await browsers.seat({ ...offer, browserVersion: '2' }, {}, signal)
  t.equal(places.length, 4)
})

t.test('a browser that has served enough gets no further sessions, and goes with its last one', async t => {
  const { browsers, places } = sharing({ uses: 3, sessions: 10 })
  const [a, b, c] = await Promise.all([1, 2, 3].map(() => browsers.seat(offer, {}, signal)))
  const other = await browsers.seat(offer, {}, signal)
  t.not(other, a)
  for (const browser of [a, b]) if (browser !== undefined) browsers.leave(browser)
  t.notOk(places[0]?.destroyed)
  if (c !== undefined) browsers.leave(c)
  t.ok(places[0]?.destroyed)
  t.notOk(places[1]?.destroyed)
})

t.test('so does one that takes too much memory, and one that is too old', async t => {
  const { browsers, places } = sharing()
  const first = await browsers.seat(offer, {}, signal)
  browsers.note(first, 999)
  t.equal(await browsers.seat(offer, {}, signal), first)
  browsers.note(first, 1001)
  const second = await browsers.seat(offer, {}, signal)
  t.not(second, first)
  browsers.leave(first)
  browsers.leave(first)
  t.ok(places[0]?.destroyed)
  const old = sharing({ age: 0 })
  const aged = await old.browsers.seat(offer, {}, signal)
  t.not(await old.browsers.seat(offer, {}, signal), aged)
})

t.test('one in which something is being undone is waited for, not replaced; one that fails to undo it is', async t => {
  const { browsers, places } = sharing()
  const first = await browsers.seat(offer, {}, signal)
  let undo = (): void => {}
  first.doubt = new Promise(resolve => { undo = () => { first.doubt = undefined; resolve() } })
  const waiting = browsers.seat(offer, {}, signal)
  undo()
  t.equal(await waiting, first)
  browsers.leave(first)
  first.doubt = new Promise(resolve => { undo = () => { first.retired = true; first.doubt = undefined; resolve() } })
  const replaced = browsers.seat(offer, {}, signal)
  undo()
  t.not(await replaced, first)
  t.equal(places.length, 2)
})

t.test('a browser that has died gets nobody, and its place is removed a moment later', async t => {
  const { browsers, places } = sharing()
  const first = await browsers.seat(offer, {}, signal)
  places[0]?.die({ cause: 'ended', why: 'it crashed' })
  await new Promise(resolve => { setImmediate(resolve) })
  t.not(await browsers.seat(offer, {}, signal), first)
})

t.test('closing ends those that are there, and those that come late', async t => {
  const { browsers, places } = sharing()
  await browsers.seat(offer, {}, signal)
  const late = browsers.seat({ ...offer, browserVersion: '2' }, {}, signal)
  const closing = browsers.close()
  await t.rejects(late, /stopping/)
  await closing
  t.ok(places.every(({ destroyed }) => destroyed))
})

t.test('who waits for another one\'s browser, which does not come, starts his own, and hears of his own failure only', async t => {
  const failures: ((why: Error) => void)[] = []
  const browsers = new SharedBrowsers(() => new Promise((_resolve, reject) => { failures.push(reject) }), roomy)
  const waiting = [1, 2].map(n => browsers.seat(offer, {}, signal).catch((error: unknown) => `${n}: ${(error as Error).message}`))
  failures[0]?.(new Error('out of time'))
  t.equal(await waiting[0], '1: out of time')
  t.equal(failures.length, 2)
  failures[1]?.(new Error('no memory'))
  t.equal(await waiting[1], '2: no memory')
})

t.test('what is noted of a browser is enough to go on with it: its sessions, its user, its wishes and its age', async t => {
  const { browsers, places: [place] } = await noted()
  const before = readNote(place?.noted() ?? '')
  t.match(before, { user: 'ann', served: 3, sessions: [{ context: 1, record: 'one' }, { context: 3, record: 'three' }] })
  const after = sharing()
  const [left] = (await noted()).places
  if (before === undefined || left === undefined) return
  const adopted = after.browsers.adopt(left, { ...before, sessions: before.sessions.slice(0, 1) })
  t.match(adopted, { seats: 1, served: 3, retired: false })
  t.ok(performance.now() - adopted.born < 10_000)
  t.equal(await after.browsers.seat(offer, {}, signal), adopted)
  t.not(await after.browsers.seat({ ...offer, context: { user: 'bob' } }, {}, signal), adopted)
  after.browsers.record(adopted, 7, () => 'seven')
  t.match(readNote(left.noted()), { served: 4, sessions: [{ context: 1, record: 'one' }, { context: 7, record: 'seven' }] })
  await browsers.close()
})

t.test('what is no note of a shared browser is none', async t => {
  for (const text of ['', 'no JSON', '[]', 'null', '{"session":{}}']) t.equal(readNote(text), undefined, text)
})

/** A browser with two sessions that somebody has; a third one has ended. */
async function noted (): Promise<ReturnType<typeof sharing>> {
  const shared = sharing({ sessions: 10 })
  const [browser] = await Promise.all([1, 2, 3].map(() => shared.browsers.seat(offer, {}, signal)))
  if (browser === undefined) throw new Error('no seat')
  for (const [context, record] of [[1, 'one'], [2, 'two'], [3, 'three']] as const) shared.browsers.record(browser, context, () => record)
  shared.browsers.record(browser, 2, undefined)
  return shared
}
