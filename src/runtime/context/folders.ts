/**
 * A folder for each session of a shared browser. What is written late, by a trace or a download that was cut off, would make a folder again that has
 * been removed: so no two sessions get one of the same name, and what is left of earlier ones is removed with the next.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export class Folders {
  readonly #home: string
  readonly #kind: string
  readonly #used = new Set<string>()
  #made = 0

  /** @param home exists @param kind what their names begin with, which is nothing else's */
  constructor (home: string, kind: string) {
    this.#home = home
    this.#kind = `${kind}-`
  }

  /** A new one, which is empty. */
  make (): string {
    for (const name of readdirSync(this.#home)) {
      if (name.startsWith(this.#kind) && !this.#used.has(name)) rmSync(join(this.#home, name), { recursive: true, force: true })
    }
    const name = `${this.#kind}${++this.#made}`
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
