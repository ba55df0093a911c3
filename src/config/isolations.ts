/** What sessions of each browser may be, as the operator allows it. */
import type { Isolation } from '../protocol/context.js'
import type { BrowserOffer } from '../protocol/remote-end.js'
import { ConfigError } from './error.js'
import type { Config } from './schema.js'

/** An offer of a browser that can be shared, for which browsers.json may say what its sessions are. */
export interface Isolable extends BrowserOffer {
  readonly isolation?: Isolation
  /** Whether its sessions can be contexts of one browser. */
  readonly shareable?: boolean
}

/**
 * @param own what sessions are with a browser of their own: the runtime's
 * @throws ConfigError for what cannot be had here
 */
export function withIsolations<O extends Isolable> (offers: readonly O[], { isolation, context }: Config, own: 'container' | 'process'): O[] {
  if (isolation !== 'auto' && isolation !== 'context' && isolation !== own) throw new ConfigError([`isolation is ${isolation}, and browsers here run as ${own === 'process' ? 'local processes (isolation: process)' : 'containers (isolation: container)'}: see runtime`])
  return offers.map(offer => {
    const usual = offer.isolation ?? (isolation === 'auto' ? own : isolation)
    const isolations = offer.shareable !== true || (!context.allowed && usual !== 'context') ? [own] : usual === 'context' ? ['context' as const, own] : [own, 'context' as const]
    return { ...offer, isolations }
  })
}
