/** Which member is asked for a session: those that can have it, the warm before the others, and of these the policy's choice. */
import type { Matches, Member } from './member.js'
import { draw, preferWarm, type Policy } from './policies.js'

export interface PlacementOptions {
  readonly policy: Policy
  /** Of more than eight times as many members that fit, so many are looked at, drawn at random. All where it is not given. */
  readonly looksAt?: number
  /** At least 0, below 1; `Math.random` unless given. */
  readonly random?: () => number
}

/**
 * @param fitting all that offer what is asked for, whether they have room or not
 * @param refused those that have been asked, and had no room
 * @returns undefined when nobody is left
 */
export function place ({ policy, looksAt = Infinity, random = Math.random }: PlacementOptions, { fitting, matches, refused }: Wish): Member | undefined {
  const isWarm = (member: Member): boolean => member.isWarm(matches.profile(member.offers))
  if (fitting.length > 8 * looksAt) {
    const few = able(draw(fitting, looksAt, random), refused)
    const warm = preferWarm(few, isWarm)
    if (warm !== few) return policy(warm, fitting.length * warm.length / looksAt)
    // Nobody in the sample has it open. Somebody else may, and finding him takes less time than a launch.
  }
  const all = able(fitting, refused)
  return all.length === 0 ? undefined : policy(preferWarm(all, isWarm))
}

export interface Wish {
  readonly fitting: readonly Member[]
  readonly matches: Matches
  readonly refused: ReadonlySet<Member>
}

/** Those with room; whose launches keep failing are asked only where nobody else can be. */
export function able (members: readonly Member[], refused: ReadonlySet<Member>): Member[] {
  const [sound, failing]: [Member[], Member[]] = [[], []]
  for (const member of members) {
    if (member.room > 0 && !refused.has(member)) (member.failing ? failing : sound).push(member)
  }
  return sound.length > 0 ? sound : failing
}
