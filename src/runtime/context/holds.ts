/**
 * Pages and workers that have just begun, and do not run yet. As soon as one client wants to have all that begins (CDP `Target.setAutoAttach`), Chrome
 * holds what all sessions begin until somebody lets it run. One's own has to wait for one's own client; what no client of its own session waits for has to
 * run at once, and the script that has opened it waits for that.
 */
import type { Attached } from '../../protocol/cdp.js'

/** For a client that says nothing of a page that it wanted, in milliseconds. */
const patience = 500

export class Holds {
  /** Targets that run by their own session's word. */
  readonly #running = new Set<string>()
  /** What others have to do for those that do not. */
  readonly #held = new Map<string, { readonly letGo: Array<() => void>, readonly timer: NodeJS.Timeout }>()
  /** Clients that want to have all, with the contexts of their sessions. */
  readonly #wanting = new Map<object, ReadonlySet<string>>()
  readonly #watch: (on: boolean) => void

  /** @param watch told whether pages have to be let run that nobody has a session for */
  constructor (watch: (on: boolean) => void) {
    this.#watch = watch
  }

  /** A client wants to have all that begins, or does not any more. @param contexts of its session; those that come later are meant, too */
  want (client: object, contexts: ReadonlySet<string>, wanted: boolean): void {
    const before = this.#wanting.size
    if (wanted) this.#wanting.set(client, contexts)
    else this.#wanting.delete(client)
    if ((before === 0) !== (this.#wanting.size === 0)) this.#watch(before === 0)
  }

  /** Somebody else than its own session is attached to it, and may hold it. A tab runs nothing itself. @param letGo called once, as soon as it may run */
  hold ({ targetInfo: { targetId, type, browserContextId = '' }, waitingForDebugger }: Attached, letGo: () => void): void {
    const begins = waitingForDebugger && type !== 'tab' && !this.#running.has(targetId)
    if (!begins || !this.#isAwaited(browserContextId)) return letGo()
    const held = this.#held.get(targetId)
    if (held === undefined) this.#held.set(targetId, { letGo: [letGo], timer: setTimeout(() => this.#letGo(targetId), patience) })
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

  #isAwaited (context: string): boolean {
    for (const contexts of this.#wanting.values()) if (contexts.has(context)) return true
    return false
  }

  #letGo (target: string): void {
    const { letGo = [], timer } = this.#held.get(target) ?? {}
    clearTimeout(timer)
    this.#held.delete(target)
    for (const act of letGo) act()
  }
}
