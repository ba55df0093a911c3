/**
 * How far an agent can be relied on. One that went away, or was slow to answer, gets one request at first and twice as many after each
 * that went well; one that goes away again and again is left alone for longer each time.
 */

/** Times in milliseconds. */
const forgotten = 60_000
const firstBan = 1000
const longestBan = 30_000

export class Standing {
  /** Most requests at the same time. */
  #window = Infinity
  #failures: number[] = []
  #bannedUntil = 0

  /** Requests that it may be given beside those that it has. @param now in milliseconds, of a clock that does not go back; not asked for those that are not banned */
  room (pending: number, now: () => number): number {
    if (this.#bannedUntil > 0 && now() < this.#bannedUntil) return 0
    this.#bannedUntil = 0
    return this.#window - pending
  }

  /** When it may be asked again. */
  get bannedUntil (): number {
    return this.#bannedUntil
  }

  wentWell (): void {
    this.#window = this.#window >= 1024 ? Infinity : this.#window * 2
  }

  /** It went away, or did not answer in time. @param since when it was still well: what fails together is one failure */
  failed (now: number, since: number): void {
    if ((this.#failures.at(-1) ?? -Infinity) >= since) return
    this.#failures = [...this.#failures.filter(at => at > now - forgotten), now]
    this.#window = 1
    const again = this.#failures.length - 1
    this.#bannedUntil = again === 0 ? now : now + Math.min(longestBan, firstBan * 2 ** (again - 1))
  }
}
