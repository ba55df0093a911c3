/** An agent as its router sees it, in this process or elsewhere. */
import { pick, type Match } from '../protocol/matching.js'
import { profileOf } from '../protocol/profile.js'
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
  /** Whether a browser of this profile waits there, as far as is known. @param profile its key */
  isWarm (profile: string): boolean
  /** Whether an error means that nothing has happened, so that another agent may be asked. */
  isElsewhere (error: unknown): boolean
}

/** What a request gets of each list of offers, looked for once for each. */
export class Matches {
  readonly #request: SessionRequest
  readonly #profiles = new Map<readonly BrowserOffer[], string>()
  readonly #found = new Map<readonly BrowserOffer[], Match<BrowserOffer> | undefined>()
  /** Most members offer the same as the one before. */
  #last: readonly BrowserOffer[] | undefined
  #lastFound: Match<BrowserOffer> | undefined

  constructor (request: SessionRequest) {
    this.#request = request
  }

  of (offers: readonly BrowserOffer[]): Match<BrowserOffer> | undefined {
    if (offers === this.#last) return this.#lastFound
    if (!this.#found.has(offers)) this.#found.set(offers, pick(this.#request.candidates, offers))
    this.#last = offers
    this.#lastFound = this.#found.get(offers)
    return this.#lastFound
  }

  /** The key of the profile that a request wants of these offers. */
  profile (offers: readonly BrowserOffer[]): string {
    const known = this.#profiles.get(offers)
    if (known !== undefined) return known
    const match = this.of(offers)
    const key = match === undefined ? '' : profileOf(match.candidate, match.offer).key
    this.#profiles.set(offers, key)
    return key
  }
}
