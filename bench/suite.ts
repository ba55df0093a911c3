/** What a suite is, and what it brings back. */

/** One line of the table, and one object of `--json`. */
export interface Row {
  readonly suite: string
  readonly case: string
  readonly contender: string
  /** In the unit. */
  readonly p50: number
  readonly p99: number
  /** For `per CPU-second` cases: requests per second of the contender's processor time. */
  readonly perSecond: number
  readonly unit: 'µs' | 'ms' | 'MiB'
  /** This one's main figure divided by its reference's, in the same run; what the main figure is, the case says. */
  readonly ratio: number
  readonly reference: string
}

/** What is to be reached. */
export interface Target {
  readonly what: string
  readonly figure: number
  readonly bound: number
  readonly is: 'at most' | 'at least'
  readonly unit: string
}

export interface Result {
  readonly rows: readonly Row[]
  readonly targets: readonly Target[]
}

export interface Run {
  /** Main ratios within 40 s. */
  readonly quick: boolean
  /** How many, for `soak`; undefined leaves it to the suite. */
  readonly sessions?: number
  /** How long, for `kills` and `host-failures`; undefined leaves it to the suite. */
  readonly minutes?: number
  /** Undone when the suite is over, the last one first. */
  readonly scope: Scope
  /** Tells a person what is happening. */
  readonly say: (text: string) => void
}

export type Suite = (run: Run) => Promise<Result>

/** What a suite has to undo. */
export class Scope {
  readonly #undo: Array<() => unknown> = []

  teardown (undo: () => unknown): void {
    this.#undo.push(undo)
  }

  async end (): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo()
  }
}

/** Measured values by name, in the order in which the names came. */
export class Samples {
  readonly #values = new Map<string, number[]>()

  add (name: string, value: number): void {
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  get names (): string[] {
    return [...this.#values.keys()]
  }

  of (name: string): readonly number[] {
    return this.#values.get(name) ?? []
  }

  median (name: string): number {
    return median(this.of(name))
  }
}

/** A row of times that follow each other. @param times in milliseconds */
export function timesRow (about: Omit<Row, 'p50' | 'p99' | 'perSecond'>, times: readonly number[]): Row {
  const scale = about.unit === 'µs' ? 1000 : 1
  return { ...about, p50: median(times) * scale, p99: quantile(times, 0.99) * scale, perSecond: 1000 / median(times) }
}

/** @param share 0.5 for the median @returns NaN for no values */
export function quantile (values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

export function median (values: readonly number[]): number {
  return quantile(values, 0.5)
}
