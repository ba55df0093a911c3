/** What a configuration key is, beside its type: flags, environment names, help and docs are made from this. */
import { z } from 'zod'

export interface About {
  /** For people, one sentence without its full stop. */
  readonly meaning: string
  /** In kebab case, unique among all keys; `idle-timeout` gives `--idle-timeout` and `TGGRID_IDLE_TIMEOUT`. */
  readonly name: string
  /** A second environment name, which clients of older grids already set. */
  readonly alias?: string
  readonly unit?: string
  /** How the default is found, where it is no constant. */
  readonly computed?: string
  /** Never printed, and no flag, since everybody on the machine can read another process's arguments. */
  readonly secret?: boolean
  /** A secret that has a flag all the same. */
  readonly spoken?: true
  /** The items of a list in one text are separated by spaces only, since they may contain commas. */
  readonly spaced?: true
}

export const about = z.registry<About>()
