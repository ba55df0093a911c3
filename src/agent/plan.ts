/** What the pool does next, as a pure function of what there is, what is waited for and what is to be kept warm. */
import type { BrowserOffer, SlotState } from '../protocol/remote-end.js'
import type { Profile } from '../protocol/profile.js'
import type { Target } from './demand.js'

/** The part of a slot that the plan looks at. */
export interface PlannedSlot {
  readonly state: SlotState
  readonly offer: BrowserOffer
  readonly opening: Profile | undefined
  readonly browser: { readonly profile: Profile } | undefined
}

export interface PoolView<S extends PlannedSlot> {
  readonly slots: readonly S[]
  /** Clients who wait and for whom no warm slot is there, first come first. */
  readonly waiting: ReadonlyArray<{ readonly profile: Profile, readonly offer: BrowserOffer }>
  readonly targets: readonly Target[]
  /** Most browsers at once. */
  readonly size: number
  /** Drivers kept up without a browser, for profiles that nobody foresaw. They are no browsers and come on top of `size`. */
  readonly blanks: number
  /** Most browsers that are opened at the same time. */
  readonly launches: number
  /** Launches failed of late: only clients who wait are served. */
  readonly backedOff: boolean
  /** Sessions that are just beginning: their first page is what their client waits for. */
  readonly beginning: number
}

export type Step<S> =
  | { readonly do: 'open', readonly slot: S, readonly profile: Profile }
  | { readonly do: 'start', readonly offer: BrowserOffer }
  /** Closes a warm browser that nobody waits for, or a driver of another browser, to make room. */
  | { readonly do: 'evict', readonly slot: S }

interface Want {
  readonly profile: Profile
  readonly offer: BrowserOffer
  readonly urgent: boolean
}

/** The next step, or undefined when everything wanted is there or under way. */
export function nextStep<S extends PlannedSlot> (view: PoolView<S>): Step<S> | undefined {
  const coming = new Coming(view.slots)
  for (const want of wants(view)) {
    if (coming.takeOpening(want.profile)) continue
    if (!mayLaunch(view, want)) return undefined
    const step = provide(view, want, coming)
    if (step !== 'coming') return step
  }
  return spareBlank(view)
}

/** First whoever waits, in order; then what is missing of each target. */
function * wants<S extends PlannedSlot> (view: PoolView<S>): Generator<Want> {
  for (const { profile, offer } of view.waiting) yield { profile, offer, urgent: true }
  if (view.backedOff) return
  for (const { profile, offer, count } of view.targets) {
    const there = view.slots.filter(slot => slot.state === 'warm' && slot.browser?.profile.key === profile.key).length
    for (let missing = count - there; missing > 0; missing--) yield { profile, offer, urgent: false }
  }
}

/** Refilling leaves half of the launches' processor time to the sessions that run, and more of it to those that are beginning. */
function mayLaunch<S extends PlannedSlot> ({ slots, launches, beginning }: PoolView<S>, { urgent }: Want): boolean {
  const underWay = slots.filter(slot => slot.opening !== undefined).length
  if (urgent) return underWay < launches
  const someoneWorks = beginning > 0 || slots.some(slot => slot.state === 'leased')
  return underWay + beginning < (someoneWorks ? Math.max(1, Math.floor(launches / 2)) : launches)
}

function provide<S extends PlannedSlot> (view: PoolView<S>, want: Want, coming: Coming): Step<S> | 'coming' | undefined {
  const { slots, size, blanks } = view
  const browsers = slots.filter(slot => slot.opening !== undefined || slot.browser !== undefined).length
  if (browsers >= size) return coming.takeBlank(want.offer) ? 'coming' : makeRoom(view, want)
  const blank = slots.find(slot => slot.state === 'blank' && slot.opening === undefined && same(slot.offer, want.offer))
  if (blank !== undefined) return { do: 'open', slot: blank, profile: want.profile }
  if (coming.takeBlank(want.offer)) return 'coming'
  if (slots.length < size + blanks) return { do: 'start', offer: want.offer }
  const other = slots.find(slot => slot.state === 'blank' && slot.opening === undefined)
  return other === undefined ? undefined : { do: 'evict', slot: other }
}

/** Every browser that there may be is there: one that is warm for something less wanted has to go. */
function makeRoom<S extends PlannedSlot> (view: PoolView<S>, want: Want): Step<S> | undefined {
  const spare = new Map(view.targets.map(({ profile, count }) => [profile.key, count]))
  const warm = view.slots.filter(slot => slot.state === 'warm' && slot.browser?.profile.key !== want.profile.key)
  const surplus = warm.find(slot => {
    const key = slot.browser?.profile.key ?? ''
    const left = (spare.get(key) ?? 0) - 1
    spare.set(key, left)
    return left < 0
  })
  const slot = surplus ?? (want.urgent ? warm.at(-1) : undefined)
  return slot === undefined ? undefined : { do: 'evict', slot }
}

function spareBlank<S extends PlannedSlot> ({ slots, size, blanks, targets, backedOff, beginning }: PoolView<S>): Step<S> | undefined {
  const offer = targets[0]?.offer
  const spare = slots.filter(slot => slot.state === 'starting' || (slot.state === 'blank' && slot.opening === undefined)).length
  if (backedOff || beginning > 0 || offer === undefined || spare >= blanks || slots.length >= size + blanks) return undefined
  return { do: 'start', offer }
}

/** What is under way already, each to be counted on by one want only. */
class Coming {
  readonly #openings = new Map<string, number>()
  readonly #blanks = new Map<string, number>()

  constructor (slots: readonly PlannedSlot[]) {
    for (const slot of slots) {
      if (slot.opening !== undefined) add(this.#openings, slot.opening.key, 1)
      if (slot.state === 'starting' || slot.state === 'recycling') add(this.#blanks, name(slot.offer), 1)
    }
  }

  takeOpening (profile: Profile): boolean {
    return take(this.#openings, profile.key)
  }

  takeBlank (offer: BrowserOffer): boolean {
    return take(this.#blanks, name(offer))
  }
}

function add (counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}

function take (counts: Map<string, number>, key: string): boolean {
  if ((counts.get(key) ?? 0) === 0) return false
  add(counts, key, -1)
  return true
}

/** Whether what is started for one serves the other. */
export function same (a: BrowserOffer, b: BrowserOffer): boolean {
  return name(a) === name(b)
}

function name ({ browserName, browserVersion, playwright = '', display = false, place, context }: BrowserOffer): string {
  return `${browserName} ${browserVersion} ${playwright} ${display} ${place === undefined ? '' : JSON.stringify(place)} ${context === undefined ? '' : JSON.stringify(context)}`
}
