/** Clients with a promise of a slot who wait until it is ready: first come, first served, for each profile. */
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Profile } from '../protocol/profile.js'
import type { Slot } from './slot.js'

export interface Wish {
  readonly profile: Profile
  readonly offer: BrowserOffer
  /** Aborted when nobody wants the slot any more. */
  readonly signal: AbortSignal
}

interface Waiter {
  readonly wish: Wish
  readonly resolve: (slot: Slot) => void
  readonly reject: (error: unknown) => void
  failures: number
}

export class Waiters {
  readonly #waiters = new Set<Waiter>()

  get size (): number {
    return this.#waiters.size
  }

  /** Those who wait, first come first. */
  list (): Wish[] {
    return [...this.#waiters].map(({ wish }) => wish)
  }

  /** Rejects with the signal's reason as soon as that is aborted. */
  wait (wish: Wish): Promise<Slot> {
    return new Promise((resolve, reject) => {
      wish.signal.throwIfAborted()
      const left = (): void => { this.#waiters.delete(waiter); reject(wish.signal.reason) }
      const leave = (): void => { this.#waiters.delete(waiter); wish.signal.removeEventListener('abort', left) }
      const waiter: Waiter = {
        wish,
        resolve: slot => { leave(); resolve(slot) },
        reject: error => { leave(); reject(error) },
        failures: 0
      }
      wish.signal.addEventListener('abort', left, { once: true })
      this.#waiters.add(waiter)
    })
  }

  /** Gives a warm slot to the first who waits for its profile. False when nobody does. */
  give (profile: string, slot: Slot): boolean {
    const waiter = this.#first(wish => wish.profile.key === profile)
    waiter?.resolve(slot)
    return waiter !== undefined
  }

  /** Notes a failed launch against the first whom it concerns, and tells him at the given number of failures. False when it concerns nobody. */
  fail (concerns: (wish: Wish) => boolean, error: Error, tolerated: number): boolean {
    const waiter = this.#first(concerns)
    if (waiter !== undefined && ++waiter.failures >= tolerated) waiter.reject(error)
    return waiter !== undefined
  }

  rejectAll (error: Error): void {
    this.#waiters.forEach(waiter => waiter.reject(error))
  }

  #first (concerns: (wish: Wish) => boolean): Waiter | undefined {
    for (const waiter of this.#waiters) {
      if (concerns(waiter.wish)) return waiter
    }
    return undefined
  }
}
