/** Random numbers that come again with their seed (mulberry32). */

export class Random {
  #state: number

  constructor (seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  }

  /** A whole number from 0 to below `n`. */
  below (n: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return Math.floor(((x ^ (x >>> 14)) >>> 0) / 4294967296 * n)
  }

  /** True once in `n` times. */
  once (n: number): boolean {
    return this.below(n) === 0
  }

  pick<T> (choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0]
  }

  /** Cuts bytes at random places, into four pieces at most. */
  split (bytes: Buffer): Buffer[] {
    const cuts = Array.from({ length: this.below(4) }, () => this.below(bytes.length + 1)).sort((a, b) => a - b)
    return [...cuts, bytes.length].map((end, i) => bytes.subarray(cuts[i - 1] ?? 0, end)).filter(piece => piece.length > 0)
  }
}
