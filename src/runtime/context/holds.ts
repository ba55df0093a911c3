/**
 * Pages and workers that have just begun, and do not run yet: who wants to have all that a browser begins (CDP `Target.setAutoAttach`, with
 * `waitForDebuggerOnStart`) is given those of other sessions too. Were he to let go of one at once, it would run before its own session is ready for it:
 * he does it when that one has.
 */

/** A page that nobody of its own session holds runs after so long, in milliseconds. */
const patience = 500

export class Holds {
  /** Targets that run by their own session's word. */
  readonly #running = new Set<string>()
  /** What strangers have to do for those that do not. */
  readonly #held = new Map<string, { readonly letGo: Array<() => void>, readonly timer: NodeJS.Timeout }>()

  /** A stranger holds it. @param letGo called once, as soon as its own session has let it run */
  hold (target: string, letGo: () => void): void {
    if (this.#running.has(target)) return letGo()
    const held = this.#held.get(target)
    if (held === undefined) this.#held.set(target, { letGo: [letGo], timer: setTimeout(() => this.#letGo(target), patience) })
    else held.letGo.push(letGo)
  }

  /** Its own session lets it run. */
  run (target: string): void {
    this.#running.add(target)
    this.#letGo(target)
  }

  /** There is no such target any more. */
  forget (target: string): void {
    this.#running.delete(target)
    this.#letGo(target)
  }

  #letGo (target: string): void {
    const { letGo = [], timer } = this.#held.get(target) ?? {}
    clearTimeout(timer)
    this.#held.delete(target)
    for (const act of letGo) act()
  }
}
