/**
 * The folder under which all places of one agent live, and the promise that it goes away with its processes, however tggrid ends:
 * a shell that waits for us to be gone (its standard input closes) cleans up after a kill -9, and each start after one of the two.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, killNow, markedProcesses } from './processes.js'

const prefix = 'tggrid-'

/** What the guardian runs once tggrid has gone. Children of Chrome's zygotes lose their environment, but end with their browser. */
const guard = `
cat > /dev/null
for process in /proc/[0-9]*; do
  if grep -qs "TMPDIR=$1/" "$process/environ"; then kill -9 "\${process#/proc/}" 2> /dev/null; fi
done
sleep 0.2
rm -rf "$1"
`

export class Workspace {
  /** Absolute; `<temporary folder>/tggrid-XXXXXX`. */
  readonly folder: string
  readonly #guardian: ChildProcess

  /** @param parent where to make it: the system's temporary folder */
  constructor (parent: string) {
    sweep(parent)
    this.folder = mkdtempSync(join(parent, prefix))
    writeFileSync(join(this.folder, 'owner'), String(process.pid))
    this.#guardian = spawn('/bin/sh', ['-c', guard, 'tggrid-guardian', this.folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#guardian.on('error', () => {}) // without a shell the next start's sweep has to do
    this.#guardian.stdin?.on('error', () => {})
    this.#guardian.unref()
  }

  /** Ends what still carries this workspace's mark, removes the folder, and lets the guardian go. Synchronous. */
  remove (): void {
    if (endWorkspace(this.folder) && this.#guardian.pid !== undefined) killNow(this.#guardian.pid)
    this.#guardian.stdin?.destroy() // a guardian that lives does what is left
  }
}

/** Removes what earlier runs left whose process is gone. */
function sweep (parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue
    const owner = ownerOf(join(parent, name))
    if (owner !== undefined && !isAlive(owner)) endWorkspace(join(parent, name))
  }
}

/** False when something is left: a process that is still being killed may write a last file. */
function endWorkspace (folder: string): boolean {
  markedProcesses(`TMPDIR=${folder}/`).forEach(killNow)
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
    return true
  } catch {
    return false
  }
}

/** The pid that a workspace's maker wrote down; undefined where this is no workspace of ours. */
function ownerOf (folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'owner'), 'latin1'))
  } catch {
    return undefined
  }
}
