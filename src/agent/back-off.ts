/** Launches that fail: why, and for how long they are left alone. Each failure in a row doubles the pause. */
import type { Clock } from './clock.js'

/** In milliseconds. */
const shortest = 500
const longest = 30_000

export class BackOff {
  readonly #clock: Clock
  #failures = 0
  #why: string | undefined
  #active = false

  constructor (clock: Clock) {
    this.#clock = clock
  }

  /** Why they fail, while they do. */
  get why (): string | undefined {
    return this.#why
  }

  /** Whether nothing is to be tried that nobody waits for. */
  get active (): boolean {
    return this.#active
  }

  /** @param again called when the pause is over */
  failed (why: string, again: () => void): void {
    this.#why = why
    this.#active = true
    this.#clock.after(Math.min(longest, shortest * 2 ** this.#failures++), () => {
      this.#active = false
      again()
    })
  }

  succeeded (): void {
    this.#failures = 0
    this.#why = undefined
  }

  /** Where nothing needs to be launched, an old failure is no matter any more, unless a pause is why nothing is. @param launching whether something is being launched */
  settled (launching: boolean): void {
    if (!this.#active && !launching) this.succeeded()
  }

  /** What made them fail is over, as far as is known. */
  over (): void {
    this.#failures = 0
    this.#active = false
  }
}
