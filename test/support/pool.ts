/** What a grid's public pages say about its pool. */
import { call, type Reply } from './webdriver.js'

/** The guide's numbers (`GET /metrics` as JSON). */
export type Metrics = Readonly<Record<'poolSize' | 'activeContainers' | 'totalCreated' | 'totalReused' | 'poolHits' | 'poolMisses' | 'avgStartupTime' | 'warm' | 'leased' | 'queued', number>>

export async function metricsOf (hub: string): Promise<Metrics> {
  const { body }: Reply<Metrics> = await call(`GET ${hub}/metrics`)
  return body
}

/** Sessions that are running. */
export async function leasedOf (hub: string): Promise<number> {
  return (await metricsOf(hub)).leased
}

/** A slot as `GET /status` shows it. */
export interface SlotSeen {
  readonly id: { readonly id: string }
  readonly state: string
  readonly session: { readonly sessionId: string } | null
}

export interface StatusSeen {
  readonly ready: boolean
  readonly message: string
  readonly nodes: ReadonlyArray<{ readonly availability: string, readonly slots: readonly SlotSeen[] }>
}

export async function statusOf (hub: string): Promise<StatusSeen> {
  const { body }: Reply<{ value: StatusSeen }> = await call(`GET ${hub}/status`)
  return body.value
}
