/** What every source of configuration gives: settings, each with where it came from, and what is wrong with the rest. */

export interface Setting {
  /** The key's path. */
  readonly path: string
  readonly value: unknown
  readonly origin: Origin
}

/** Where a value came from; `name` is the file, the variable or the flag. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'file' | 'environment' | 'flag', readonly name: string }

export interface Source {
  readonly settings: readonly Setting[]
  readonly problems: readonly string[]
}
