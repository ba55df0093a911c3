/** Which processes belong to a place, read from /proc (proc(5)); and their end. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'

/** A process as /proc shows it. */
interface ProcessInfo {
  readonly pid: number
  /** `Z` is a zombie: it has ended and waits for its parent only. */
  readonly state: string
  /** Its process group. */
  readonly group: number
  /** When it began, in clock ticks since boot: with the pid it names a process for good. */
  readonly started: string
}

/** How the processes of a place are known. */
export interface Mark {
  /** In their environment, such as `TMPDIR=/tmp/tggrid-…/3\0` (entries end with NUL). */
  readonly text: string
  /** None of them began before, in clock ticks since boot: the environments of others need not be read, which is the dearest part of a look. */
  readonly since: number
}

/** Clock ticks of a second, as /proc counts them (proc(5), USER_HZ). */
const ticks = 100

/** For `Mark.since`: now, and a second before, for what has just been started. */
export function justNow (): number {
  return Math.floor((uptime() - 1) * ticks)
}

/** Processes looked at before other work gets its turn. */
const slice = 24

/**
 * The living processes of a place: those of its process group, and those that left the group (Chrome's crash handler does)
 * but still carry the place's mark in their environment.
 *
 * @param group the driver's pid: it was started as the leader of a group of its own
 */
export async function processesOf (group: number, mark: Mark): Promise<number[]> {
  const found: number[] = []
  let looked = 0
  for (const pid of pids()) {
    if (++looked % slice === 0) await turn()
    const info = processInfo(pid)
    if (info !== undefined && info.state !== 'Z' && (info.group === group || isMarked(info, mark))) found.push(pid)
  }
  return found
}

/** The living processes that carry a mark, and all others of their groups: children of Chrome's zygotes lose their environment. */
export async function groupsOf (mark: Mark): Promise<number[]> {
  const infos: ProcessInfo[] = []
  const groups = new Set<number>()
  let looked = 0
  for (const pid of pids()) {
    if (++looked % slice === 0) await turn()
    const info = processInfo(pid)
    if (info === undefined || info.state === 'Z') continue
    infos.push(info)
    if (isMarked(info, mark)) groups.add(info.group)
  }
  return infos.filter(({ group }) => groups.has(group)).map(({ pid }) => pid)
}

/** Every living process that carries this text in its environment. Synchronous, for a process that is about to exit. */
export function markedProcesses (text: string): number[] {
  return pids().filter(pid => carries(pid, text) && isAlive(pid))
}

/** Ends processes at once and waits until they have gone. Rejects after the deadline (ms), naming who has not. */
export async function killAll (victims: readonly number[], deadline: number): Promise<void> {
  const until = performance.now() + deadline
  const identities = victims.map(pid => [pid, startedAt(pid)] as const)
  victims.forEach(killNow)
  for (;;) {
    const left = identities.filter(([pid, started]) => isAlive(pid) && startedAt(pid) === started)
    if (left.length === 0) return
    if (performance.now() > until) throw new Error(`processes outlived SIGKILL for ${deadline} ms: ${left.map(([pid]) => pid).join(', ')}`)
    await sleep(3)
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

/** When a process began, in clock ticks since boot: with its number it names a process for good. Undefined when there is none. */
export function startedAt (pid: number): string | undefined {
  return processInfo(pid)?.started
}

/** Whether a process lives, a zombie being dead. */
export function isAlive (pid: number): boolean {
  const info = processInfo(pid)
  return info !== undefined && info.state !== 'Z'
}

/** Of a process's flags (proc(5); include/linux/sched.h, PF_EXITING and PF_SIGNALED): it is on its way out, by a signal or by itself. */
const exiting = 0x4 | 0x400
/** Of its main thread's pending signals: SIGKILL, which nothing survives. */
const killed = 1 << 8

/**
 * Whether a process is neither stopped, nor killed or exiting, although it may not have gone yet: what it has open is closed late in its end. One that has
 * taken a SIGKILL and not begun to exit shows neither; that instant it spends on a processor, so that who is on one is looked at once more.
 */
export function runs (pid: number): boolean {
  const state = runningState(pid)
  return state !== undefined && (state !== 'R' || runningState(pid) !== undefined)
}

/** `S`, `R` or `D`; undefined when it does not run any more. */
function runningState (pid: number): string | undefined {
  const fields = statOf(pid, 29)
  const [state = '-'] = fields ?? []
  return fields !== undefined && 'SRD'.includes(state) && (Number(fields[6]) & exiting) === 0 && (Number(fields[28]) & killed) === 0 ? state : undefined
}

function pids (): number[] {
  return readdirSync('/proc').map(Number).filter(pid => pid > 0)
}

/** So many fields of /proc/pid/stat from the third on, the state; undefined when the process has gone (proc(5)). */
export function statOf (pid: number, count = 20): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`)
  // The name stands in parentheses and may hold spaces and parentheses itself: what counts begins behind the last one.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ', count)
}

function processInfo (pid: number): ProcessInfo | undefined {
  const fields = statOf(pid)
  return fields && { pid, state: fields[0] ?? '', group: Number(fields[2]), started: fields[19] ?? '' }
}

function isMarked ({ pid, started }: ProcessInfo, { text, since }: Mark): boolean {
  return Number(started) >= since && carries(pid, text)
}

function carries (pid: number, text: string): boolean {
  return read(`/proc/${pid}/environ`)?.includes(text) ?? false
}

/** The size of a file of /proc is not known before: `readFileSync` takes 64 KiB of its own for each, and a look reads hundreds. */
const page = Buffer.allocUnsafeSlow(65_536)

/** Undefined when the process has gone in the meantime, or is another user's. */
function read (path: string): string | undefined {
  try {
    const file = openSync(path, 'r')
    try {
      const size = readSync(file, page)
      return size < page.length ? page.toString('latin1', 0, size) : readFileSync(path, 'latin1')
    } finally {
      closeSync(file)
    }
  } catch {
    return undefined
  }
}
