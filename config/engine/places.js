/** Where a private engine keeps what, all derived from its folder, so that a later process can undo what an earlier one did. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'

/** @param {string} folder absolute */
export function placesOf (folder) {
  const mark = `tgg${createHash('sha256').update(folder).digest('hex').slice(0, 8)}`
  return {
    folder,
    socket: join(folder, 'docker.sock'),
    pidFile: join(folder, 'docker.pid'),
    log: join(folder, 'engine.log'),
    data: join(folder, 'data'),
    exec: join(folder, 'exec'),
    /** What the machine was like before, to be restored. */
    before: join(folder, 'before.json'),
    /** Names the bridge (15 characters at most) and the control group, which no engine but this one has. */
    mark
  }
}

/** Every private engine's bridge and control group begins so. */
export const markPattern = /^tgg[\da-f]{8}$/
