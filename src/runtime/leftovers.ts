/** Ends what a place has left: processes and files. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { killAll } from './processes.js'

/** How long killed processes may take to vanish, in milliseconds. */
const killDeadline = 5000
/** How often new processes may turn up while the others are killed. */
const mostRounds = 10

/** Kills until a look finds none: a process may have been born while the others were killed. Rejects when they keep coming. */
export async function endProcesses (place: string, look: () => Promise<number[]>): Promise<void> {
  for (let round = 0; round < mostRounds; round++) {
    const left = await look()
    if (left.length === 0) return
    await killAll(left, killDeadline)
  }
  throw new Error(`processes of place ${place} come back after being killed`)
}

/** The folder stays. */
export async function emptyFolder (folder: string): Promise<void> {
  const left = await readdir(folder)
  await Promise.all(left.map(name => rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 })))
}
