/** An offer as one session gets it: in a container made as it wishes, or as a context in a browser that it shares. */
import type { Capabilities } from './capabilities.js'
import { noContext, type Isolation } from './context.js'
import { placeWishes } from './place-wishes.js'
import type { BrowserOffer } from './remote-end.js'
import { sessionOptions } from './session-options.js'

export interface Wished {
  readonly offer: BrowserOffer
  readonly isolation?: Isolation
  /** Why it is not what was asked for, or what sessions are here, in words for its client. */
  readonly isolationReason?: string
}

/** @param user who shares a browser with nobody else @throws WebDriverError `invalid argument` */
export function wished (offer: BrowserOffer, candidate: Capabilities, user: string): Wished {
  const made = withWishes(offer, candidate)
  const { isolations = [] } = offer
  const isolation = sessionOptions(candidate).isolation ?? isolations[0]
  if (isolation !== 'context') return { offer: made, ...isolation === undefined ? {} : { isolation } }
  const obstacle = noContext({ ...candidate, browserName: offer.browserName }, offer.display)
  if (obstacle === undefined) return { offer: { ...made, context: { user } }, isolation }
  const own = isolations.find(other => other !== 'context')
  return { offer: made, ...own === undefined ? {} : { isolation: own }, isolationReason: `it cannot be a context: ${obstacle}` }
}

/** With a place made as the session wishes, where that can be. Local processes have none to be made. */
function withWishes (offer: BrowserOffer, candidate: Capabilities): BrowserOffer {
  const place = offer.wishable === true ? placeWishes(candidate) : undefined
  return place === undefined ? offer : { ...offer, place }
}
