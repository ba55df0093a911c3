/** What the doctor looks at, and what it says. */
import type { Browsers } from '../config/browsers.js'
import type { Machine } from '../config/machine.js'
import type { Config } from '../config/schema.js'

export interface Patient {
  readonly config: Config
  readonly found: Browsers
  readonly machine: Machine
}

export interface Check {
  readonly name: string
  /** `warn`: the grid works, but not as well as it could; `fail`: it does not. */
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found. */
  readonly found: string
  /** What to do about it. */
  readonly remedy?: string
}

export type Examine = (patient: Patient) => Promise<Check[]>
