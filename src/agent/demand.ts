/** Which profiles clients ask for, learned from the traffic, and how many warm browsers each is worth. */
import { LRUCache } from 'lru-cache'
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Profile } from '../protocol/profile.js'

/** So many browsers are to be open for a profile. */
export interface Target {
  readonly profile: Profile
  readonly offer: BrowserOffer
  readonly count: number
}

export interface DemandOptions {
  /** Warm browsers in all. */
  readonly warm: number
  /** The part of them, 0 to 1, that may go to profiles learned from the traffic. */
  readonly learnedShare: number
}

interface Learned {
  readonly profile: Profile
  readonly offer: BrowserOffer
  asked: number
}

/** Profiles asked for once are remembered too, so that a second time is noticed. */
const remembered = 256

export class Demand {
  readonly #share: number
  readonly #asked = new LRUCache<string, Learned>({ max: remembered })
  readonly #pinned = new Map<string, Target>()
  #warm: number

  constructor ({ warm, learnedShare }: DemandOptions) {
    this.#warm = warm
    this.#share = learnedShare
  }

  /** Keeps so many open of a profile, whether it is asked for or not. The sum of all is what is kept warm. */
  pin (profile: Profile, offer: BrowserOffer, count: number): void {
    this.#pinned.set(profile.key, { profile, offer, count })
    this.#warm = [...this.#pinned.values()].reduce((sum, target) => sum + target.count, 0)
  }

  /** A client got a session of this profile. */
  note (profile: Profile, offer: BrowserOffer): void {
    if (this.pins(profile)) return
    const learned = this.#asked.get(profile.key) ?? { profile, offer, asked: 0 }
    learned.asked++
    this.#asked.set(profile.key, learned)
  }

  /** Whether it is kept open without being asked for. */
  pins (profile: Profile): boolean {
    return this.#pinned.has(profile.key)
  }

  /** It cannot be opened: nothing is kept warm for it, unless it is pinned. */
  forget (profile: Profile): void {
    this.#asked.delete(profile.key)
  }

  /** What is to be open while nobody waits, the most wanted first. */
  targets (): Target[] {
    const learned = this.#learnedTargets()
    const taken = learned.reduce((sum, target) => sum + target.count, 0)
    return [...share([...this.#pinned.values()].filter(({ count }) => count > 0), this.#warm - taken), ...learned]
  }

  #learnedTargets (): Target[] {
    const budget = Math.floor(this.#warm * this.#share)
    // lru-cache lists the most recently used first: the profiles asked for longest ago are the ones without a place.
    const wanted = [...this.#asked.values()].filter(({ asked }) => asked >= 2).slice(0, budget)
    return share(wanted.map(({ profile, offer, asked }) => ({ profile, offer, count: asked })), budget)
      .map((target, index) => ({ ...target, count: Math.min(target.count, wanted[index]?.asked ?? 0) }))
  }
}

/** Divides a budget in proportion to the counts, at least one each while it lasts. */
function share (wanted: readonly Target[], budget: number): Target[] {
  const total = wanted.reduce((sum, { count }) => sum + count, 0)
  let left = budget
  return wanted.map((target, index) => {
    const others = wanted.length - index - 1
    const fair = Math.max(1, Math.round(budget * target.count / Math.max(1, total)))
    const count = Math.max(0, Math.min(fair, left - Math.min(others, left - 1)))
    left -= count
    return { ...target, count }
  })
}
