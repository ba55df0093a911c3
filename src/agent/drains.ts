/** Whether an agent takes new sessions. Of several drains the last one counts; one for good cannot be undone. */
export class Drains {
  /** Another one for each drain. */
  #last: object | undefined
  #forGood = false

  get on (): boolean {
    return this.#last !== undefined
  }

  /** @returns whether it still counts, asked later */
  begin (forGood: boolean): () => boolean {
    const drain = this.#last = {}
    this.#forGood ||= forGood
    return () => this.#last === drain
  }

  /** @returns whether new sessions are taken now */
  undo (): boolean {
    if (!this.#forGood) this.#last = undefined
    return !this.on
  }
}
