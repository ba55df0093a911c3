/** A router's members, by what they offer: a request is matched once for all that offer the same, however many there are. */
import type { BrowserOffer } from '../protocol/remote-end.js'
import type { Matches, Member } from './member.js'

type Offers = readonly BrowserOffer[]

export class Fleet {
  readonly #members = new Map<string, Member>()
  readonly #groups = new Map<Offers, Member[]>()
  /** What a member offered when it was put into its group. */
  readonly #offered = new Map<Member, Offers>()

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
    if (before !== undefined) this.#leaveGroup(before)
    this.#members.set(member.id, member)
    this.#enterGroup(member)
  }

  remove (member: Member): void {
    if (this.#members.get(member.id) !== member) return
    this.#members.delete(member.id)
    this.#leaveGroup(member)
  }

  /** It may offer something else than before. Nothing happens when it is not one of these. */
  regroup (member: Member): void {
    const offered = this.#offered.get(member)
    if (offered === undefined || offered === member.offers) return
    this.#leaveGroup(member)
    this.#enterGroup(member)
  }

  /** All that offer what a request asks for, whether they have room or not. Not to be changed. */
  fitting (matches: Matches): readonly Member[] {
    const groups = [...this.#groups].flatMap(([offers, members]) => matches.of(offers) === undefined ? [] : [members])
    return groups.length === 1 ? groups[0] as Member[] : groups.flat()
  }

  #enterGroup (member: Member): void {
    const { offers } = member
    const group = this.#groups.get(offers)
    if (group === undefined) this.#groups.set(offers, [member])
    else group.push(member)
    this.#offered.set(member, offers)
  }

  #leaveGroup (member: Member): void {
    const offers = this.#offered.get(member) as Offers
    const group = this.#groups.get(offers) as Member[]
    group.splice(group.indexOf(member), 1)
    if (group.length === 0) this.#groups.delete(offers)
    this.#offered.delete(member)
  }
}
