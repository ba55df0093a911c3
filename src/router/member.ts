/** An agent as its router sees it, in this process or elsewhere. */
import { pick, type Match } from '../protocol/matching.js'
import { profileOf } from '../protocol/profile.js'
import { wished } from '../protocol/wished.js'
import type { BrowserOffer, RemoteEnd, SessionRequest } from '../protocol/remote-end.js'
import type { Load } from './policies.js'

export interface Member extends Load {
  /** The 8 hex digits that its sessions' ids begin with. */
  readonly id: string
  readonly end: RemoteEnd
  /** One and the same list for members that offer the same. */
  readonly offers: readonly BrowserOffer[]
  /** Sessions that it may be asked for, as far as is known; 0 while it is not to be had. */
  readonly room: number
  /** Its launches keep failing: it is asked only where nobody else can be. */
  readonly failing: boolean
  /** Browsers that wait there, by their profile's key, when it last said so: another list when they are others. */
  readonly warm: Readonly<Record<string, number>>
  /** Whether a browser of this profile waits there, as far as is known. @param profile its key */
  isWarm (profile: string): boolean
  /** Whether an error means that nothing has happened, so that another agent may be asked. */
  isElsewhere (error: unknown): boolean
  /** Whether an error means that it went while it opened a browser, which it will end by itself: nobody has heard of that session. */
  hasVanished (error: unknown): boolean
}

interface Found {
  readonly match: Match<BrowserOffer> | undefined
  /** Its profile's key, once somebody has asked for it. */
  profile?: string
}

/** What a request gets of each list of offers, looked for once for each. */
export class Matches {
  readonly #request: SessionRequest
  readonly #found = new Map<readonly BrowserOffer[], Found>()
  /** What was asked about last, as most members offer the same. */
  #last: readonly BrowserOffer[] | undefined
  #lastFound: Found = { match: undefined }

  constructor (request: SessionRequest) {
    this.#request = request
  }

  of (offers: readonly BrowserOffer[]): Match<BrowserOffer> | undefined {
    return this.#in(offers).match
  }

  /** The key of the profile that a request wants of these offers. */
  profile (offers: readonly BrowserOffer[]): string {
    const found = this.#in(offers)
    found.profile ??= found.match === undefined ? '' : this.#profileOf(found.match)
    return found.profile
  }

  /** A wish that cannot be read has none: the agent refuses it. */
  #profileOf ({ candidate, offer }: Match<BrowserOffer>): string {
    try {
      return profileOf(candidate, wished(offer, candidate, this.#request.user).offer).key
    } catch {
      return ''
    }
  }

  #in (offers: readonly BrowserOffer[]): Found {
    if (offers === this.#last) return this.#lastFound
    let found = this.#found.get(offers)
    if (found === undefined) {
      found = { match: pick(this.#request.candidates, offers) }
      this.#found.set(offers, found)
    }
    this.#last = offers
    this.#lastFound = found
    return found
  }
}
