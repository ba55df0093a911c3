/** Waits for what sends no event of its own, such as another process's end. */
import { setTimeout as pause } from 'node:timers/promises'

const usual = 20_000

/** Looks until there is something (not undefined, not false). Rejects after 20 s, or so many milliseconds, naming what it waited for. */
export async function until<T> (what: string, look: () => T | Promise<T>, longest = usual): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + longest
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen as Exclude<T, undefined | false>
    if (performance.now() > deadline) throw new Error(`waited ${longest / 1000} s in vain until ${what}`)
    await pause(15)
  }
}
