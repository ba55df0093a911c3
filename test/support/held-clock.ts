/** Time that goes on when it is told to. */
import type { Clock } from '../../src/agent/clock.js'

export class HeldClock implements Clock {
  #now = 1000
  readonly #timers = new Set<{ readonly at: number, readonly callback: () => void }>()

  now (): number { return this.#now }

  after (ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  pass (ms: number): void {
    this.#now += ms
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.#now)) {
      this.#timers.delete(timer)
      timer.callback()
    }
  }
}
