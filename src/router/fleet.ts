/**
 * A router's members, by what they offer: a request is matched once for all that offer the same, however many there are. And by whether they had room
 * and what they had open when they were last heard of, so that one of them is found without asking all.
 */
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Matches, Member } from './member.js'
import { Roster } from './roster.js'

type Offers = readonly BrowserOffer[]

/** Those who offer the same. */
interface Group {
  readonly members: Roster<Member>
  readonly roomy: Roster<Member>
}

/** All that offer what a request asks for. */
export interface Fitting {
  readonly all: readonly Member[]
  /** Those that had room when they were last heard of. */
  readonly roomy: () => readonly Member[]
  /** Those that had it open then. */
  readonly warm: () => readonly Member[]
}

export class Fleet {
  readonly #members = new Map<string, Member>()
  readonly #groups = new Map<Offers, Group>()
  /** By the key of the profile that is open there. */
  readonly #warm = new Map<string, Roster<Member>>()
  /** What a member said when it was last heard of. */
  readonly #said = new Map<Member, { offers: Offers, warm: Member['warm'] }>()

  get members (): Iterable<Member> {
    return this.#members.values()
  }

  /** Different lists of offers. */
  get offers (): readonly Offers[] {
    return [...this.#groups.keys()]
  }

  /** Nobody has room for anything. */
  get full (): boolean {
    for (const { room } of this.#members.values()) if (room > 0) return false
    return true
  }

  get (id: string): Member | undefined {
    return this.#members.get(id)
  }

  /** In the place of the one of its id, if there is such. */
  add (member: Member): void {
    const before = this.#members.get(member.id)
    if (before !== undefined) this.#leave(before)
    this.#members.set(member.id, member)
    this.#enter(member)
  }

  remove (member: Member): void {
    if (this.#members.get(member.id) !== member) return
    this.#members.delete(member.id)
    this.#leave(member)
  }

  /** It may have room, browsers open, or offers that it had not. Nothing happens when it is not one of these. */
  heard (member: Member): void {
    const said = this.#said.get(member)
    if (said === undefined) return
    if (said.offers !== member.offers) {
      this.#leave(member)
      this.#enter(member)
    } else {
      this.#groups.get(said.offers)?.roomy.put(member, member.room > 0)
      this.#rewarm(member, said.warm)
      said.warm = member.warm
    }
  }

  fitting (matches: Matches): Fitting {
    const groups = [...this.#groups].filter(([offers]) => matches.of(offers) !== undefined)
    return {
      all: together(groups.map(([, { members }]) => members.list)),
      roomy: () => together(groups.map(([, { roomy }]) => roomy.list)),
      warm: () => together([...new Set(groups.map(([offers]) => matches.profile(offers)))].map(profile => this.#warm.get(profile)?.list ?? []))
    }
  }

  #enter (member: Member): void {
    const { offers, warm } = member
    const group = this.#groups.get(offers) ?? { members: new Roster(), roomy: new Roster() }
    this.#groups.set(offers, group)
    group.members.put(member, true)
    group.roomy.put(member, member.room > 0)
    this.#rewarm(member, {})
    this.#said.set(member, { offers, warm })
  }

  #leave (member: Member): void {
    const { offers, warm } = this.#said.get(member) ?? member
    const group = this.#groups.get(offers)
    group?.members.put(member, false)
    group?.roomy.put(member, false)
    if (group?.members.list.length === 0) this.#groups.delete(offers)
    for (const profile of Object.keys(warm)) this.#open(profile, member, false)
    this.#said.delete(member)
  }

  #rewarm (member: Member, before: Member['warm']): void {
    if (member.warm === before) return
    for (const profile of Object.keys(before)) if (!isOpen(member, profile)) this.#open(profile, member, false)
    for (const profile of Object.keys(member.warm)) if (isOpen(member, profile)) this.#open(profile, member, true)
  }

  #open (profile: string, member: Member, isIn: boolean): void {
    const roster = this.#warm.get(profile) ?? new Roster()
    roster.put(member, isIn)
    if (roster.list.length > 0) this.#warm.set(profile, roster)
    else this.#warm.delete(profile)
  }
}

function isOpen ({ warm }: Member, profile: string): boolean {
  return (warm[profile] ?? 0) > 0
}

function together (lists: readonly (readonly Member[])[]): readonly Member[] {
  return lists.length === 1 ? lists[0] as readonly Member[] : lists.flat()
}
