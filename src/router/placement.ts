/** Which member is asked for a session: those that can have it, the warm before the others, and of these the policy's choice. */
import type { Fitting } from './fleet.js'
import type { Matches, Member } from './member.js'
import { draw, preferWarm, type Policy } from './policies.js'

export interface PlacementOptions {
  readonly policy: Policy
  /** Of more than eight times as many members that fit, so many are looked at, drawn at random. All where it is not given. */
  readonly looksAt?: number
  /** At least 0, below 1; `Math.random` unless given. */
  readonly random?: () => number
}

export interface Wish {
  readonly fitting: Fitting
  readonly matches: Matches
  /** Those that have been asked, and had no room. */
  readonly refused: ReadonlySet<Member>
}

/** @returns undefined when nobody is left */
export function place (options: PlacementOptions, wish: Wish): Member | undefined {
  const { policy, looksAt = Infinity } = options
  const { fitting, matches, refused } = wish
  const sampled = fitting.all.length > 8 * looksAt ? placeBySample(options, wish) : undefined
  if (sampled !== undefined) return sampled
  const [warm, others]: [Member[], Member[]] = [[], []]
  for (const member of able(fitting.all, refused)) (isWarm(member, matches) ? warm : others).push(member)
  return warm.length + others.length === 0 ? undefined : policy(preferWarm(others, warm))
}

/** @returns undefined when nobody who was drawn can have it without his launches failing: somebody else may */
function placeBySample ({ policy, looksAt = Infinity, random = Math.random }: PlacementOptions, { fitting, matches, refused }: Wish): Member | undefined {
  const [warm, roomy] = [fitting.warm(), fitting.roomy()]
  const can = (member: Member): boolean => member.room > 0 && !member.failing && !refused.has(member)
  const open = draw(warm, { count: looksAt / 2, random, fits: member => can(member) && isWarm(member, matches) })
  const others = draw(roomy, { count: looksAt - open.length, random, fits: can })
  if (open.length + others.length === 0) return undefined
  const preferred = preferWarm(others, open)
  return policy(preferred, preferred === others ? roomy.length : warm.length)
}

function isWarm (member: Member, matches: Matches): boolean {
  return member.isWarm(matches.profile(member.offers))
}

/** Those with room; whose launches keep failing are asked only where nobody else can be. */
export function able (members: readonly Member[], refused: ReadonlySet<Member>): Member[] {
  const [sound, failing]: [Member[], Member[]] = [[], []]
  for (const member of members) {
    if (member.room > 0 && !refused.has(member)) (member.failing ? failing : sound).push(member)
  }
  return sound.length > 0 ? sound : failing
}
