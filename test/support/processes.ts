/** The processes behind a session, as its machine sees them. */
import { readdirSync, readFileSync } from 'node:fs'
import { statOf } from '../../src/runtime/processes.js'
import type { RawSession } from './webdriver.js'

/** Of a session's browser (chromedriver's `goog:processID`). */
export function browserOf ({ capabilities }: RawSession): number {
  const pid = capabilities['goog:processID']
  if (typeof pid !== 'number') throw new Error('the driver does not tell its browser\'s process')
  return pid
}

/** Of a session's driver, which has started the browser. */
export function driverOf (session: RawSession): number {
  return Number(statOf(browserOf(session))?.[1]) // the parent (proc(5))
}

/** Of a process, as it was started. */
export function commandLineOf (pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(0, -1)
  } catch {
    return [] // it has ended
  }
}

/** All processes that a process has started, and those that these have. */
export function descendantsOf (pid: number): number[] {
  const parents = new Map(readdirSync('/proc').map(Number).filter(pid => pid > 0).map(pid => [pid, Number(statOf(pid)?.[1])]))
  const found = [pid]
  for (const one of found) for (const [child, parent] of parents) if (parent === one) found.push(child)
  return found.slice(1)
}

/** Those of these processes that are browsers, rather than parts of one or drivers. */
export function browsersAmong (pids: readonly number[]): number[] {
  return pids.filter(pid => {
    const [command = '', ...args] = commandLineOf(pid)
    return /chrom/.test(command) && args.some(arg => arg.startsWith('--remote-debugging-port')) && !args.some(arg => arg.startsWith('--type='))
  })
}

/** Those of these processes that are drivers. */
export function driversAmong (pids: readonly number[]): number[] {
  return pids.filter(pid => /driver$/.test(commandLineOf(pid)[0] ?? ''))
}
