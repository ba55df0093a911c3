/** Which processes belong to a place, read from /proc (proc(5)); and their end. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process as /proc shows it. A zombie has ended: it waits for its parent only. */
export interface ProcessInfo {
  readonly pid: number
  readonly state: string
  readonly parent: number
  readonly group: number
}

/**
 * The living processes of a place: those of its process group, and those that left the group (Chrome's crash handler does)
 * but still carry the place's mark in their environment (whose entries end with NUL).
 *
 * @param group the driver's pid: it was started as the leader of a group of its own
 * @param mark the text in the environment, such as `TMPDIR=/tmp/tggrid-…/3\0`
 */
export function processesOf (group: number, mark: string): ProcessInfo[] {
  return allProcesses().filter(process => process.state !== 'Z' && (process.group === group || carries(process.pid, mark)))
}

/** Every living process that carries the mark. */
export function markedProcesses (mark: string): ProcessInfo[] {
  return allProcesses().filter(process => process.state !== 'Z' && carries(process.pid, mark))
}

/** Ends the processes at once; waits until none that `find` names is left. Rejects after the deadline, naming who is. */
export async function killAll (find: () => ProcessInfo[], deadline: number): Promise<void> {
  const until = performance.now() + deadline
  for (let left = find(); left.length > 0; left = find()) {
    left.forEach(({ pid }) => killNow(pid))
    if (performance.now() > until) throw new Error(`${left.length} processes outlived SIGKILL for ${deadline} ms: ${left.map(p => p.pid).join(', ')}`)
    await sleep(4)
  }
}

/** SIGKILL. One that has gone already is what was wanted. */
export function killNow (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Whether a process lives, a zombie being dead. */
export function isAlive (pid: number): boolean {
  const info = processInfo(String(pid))
  return info !== undefined && info.state !== 'Z'
}

function allProcesses (): ProcessInfo[] {
  const processes: ProcessInfo[] = []
  for (const name of readdirSync('/proc')) {
    if (!isNumber(name)) continue
    const info = processInfo(name)
    if (info !== undefined) processes.push(info)
  }
  return processes
}

function processInfo (pid: string): ProcessInfo | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The name stands in parentheses and may hold spaces and parentheses itself: what counts begins behind the last one.
  const [state = '', parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3)
  return { pid: Number(pid), state, parent: Number(parent), group: Number(group) }
}

function carries (pid: number, mark: string): boolean {
  return read(`/proc/${pid}/environ`)?.includes(mark) ?? false
}

/** Undefined when the process has gone in the meantime, or is another user's. */
function read (path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

function isNumber (name: string): boolean {
  const first = name.charCodeAt(0)
  return first >= 48 && first <= 57
}
