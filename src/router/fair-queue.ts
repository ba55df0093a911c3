/** A queue that is first come, first served within a user, and takes turns between users. */

interface Line<T> {
  readonly items: T[]
  /** When this user was last served; counts up. */
  served: number
}

export class FairQueue<T> {
  readonly #lines = new Map<string, Line<T>>()
  #turn = 0

  get empty (): boolean {
    return this.#lines.size === 0
  }

  add (user: string, item: T): void {
    const line = this.#lines.get(user) ?? { items: [], served: this.#turn }
    line.items.push(item)
    this.#lines.set(user, line)
  }

  remove (user: string, item: T): void {
    const line = this.#lines.get(user)
    const index = line?.items.indexOf(item) ?? -1
    if (line === undefined || index < 0) return
    line.items.splice(index, 1)
    if (line.items.length === 0) this.#lines.delete(user)
  }

  /** A user has had its turn. */
  charge (user: string): void {
    const line = this.#lines.get(user)
    if (line !== undefined) line.served = ++this.#turn
  }

  /** Everyone, in the order in which they are to be served: each user's first, whoever was served longest ago first; then each second, and so on. */
  * inOrder (): Generator<T> {
    const lines = [...this.#lines.values()].sort((a, b) => a.served - b.served).map(({ items }) => [...items])
    for (let place = 0, found = true; found; place++) {
      found = false
      for (const items of lines) {
        if (place >= items.length) continue
        found = true
        yield items[place] as T
      }
    }
  }
}
