/** A list that anybody joins and leaves at once, however long it is. Its order says nothing. */
export class Roster<A> {
  readonly #members: A[] = []
  readonly #places = new Map<A, number>()

  /** Not to be changed, nor kept. */
  get list (): readonly A[] {
    return this.#members
  }

  /** Nothing happens when it is in, or out, already. */
  put (member: A, isIn: boolean): void {
    const place = this.#places.get(member)
    if (isIn === (place !== undefined)) return
    if (place === undefined) {
      this.#places.set(member, this.#members.push(member) - 1)
      return
    }
    const last = this.#members.pop() as A
    this.#places.delete(member)
    if (last === member) return
    this.#members[place] = last
    this.#places.set(last, place)
  }
}
