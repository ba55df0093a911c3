/**
 * A folder for each session of a shared browser. What is written late, by a trace or a download that was cut off, would make a folder again that has
 * been removed: so no two sessions get one of the same name, and what is left of earlier ones is removed with the next.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Of their names, and of nobody else's there. */
const prefix = 'session-'

export class Folders {
  readonly #home: string
  readonly #used = new Set<string>()
  #made = 0

  /** @param home exists */
  constructor (home: string) {
    this.#home = home
  }

  /** A new one, which is empty. */
  make (): string {
    for (const name of readdirSync(this.#home)) {
      if (name.startsWith(prefix) && !this.#used.has(name)) rmSync(join(this.#home, name), { recursive: true, force: true })
    }
    const name = `${prefix}${++this.#made}`
    this.#used.add(name)
    const folder = join(this.#home, name)
    mkdirSync(folder)
    return folder
  }

  /** Nobody uses it any more. Something may still be written to it. */
  remove (folder: string): void {
    this.#used.delete(folder.slice(this.#home.length + 1))
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
