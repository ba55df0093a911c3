/** What a client's connection is given by its edge. */
import type { FieldScanner } from './fields.js'
import type { Answer, Refusal } from './refusal.js'
import type { RequestHead } from './request-head.js'
import type { Finder } from './route.js'
import type { Upstreams } from './upstreams.js'

export interface ClientOptions {
  readonly route: Finder
  readonly refuse: (refusal: Refusal, head: RequestHead | undefined) => Answer
  readonly upstreams: Upstreams
  readonly scanner: FieldScanner
  readonly headBytes: number
  readonly bodyBytes: number
  /** In milliseconds. */
  readonly pingInterval: number
  /** The connection has become a tunnel (true), or the tunnel is over (false). */
  readonly tunnelled: (open: boolean) => void
}
