/** A process that takes part: started, waited for, its processor time read, ended. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { statOf } from '../src/runtime/processes.js'
import { until } from '../test/support/until.js'
import type { Scope } from './suite.js'

export interface Program {
  readonly pid: number
  /** Processor time used so far, in seconds (proc(5), utime and stime). */
  cpu (): number
  /** Resident memory, in MiB (proc(5), VmRSS). */
  memory (): number
}

export interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Looks whether it is up: at what it has said so far, or at its port. */
  readonly ready: (lines: readonly string[]) => boolean | Promise<boolean>
}

/** Resolves when it is ready. Rejects with what it said when it ends before. */
export async function startProgram (scope: Scope, { command, args, environment, ready }: Command): Promise<Program> {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', line => { lines.push(line) })
  const ended = once(child, 'exit')
  ended.catch(() => {}) // a command that is not there: `failed` tells
  let failed: Error | undefined
  child.on('error', error => { failed = error })
  scope.teardown(async () => {
    if (child.pid === undefined || child.exitCode !== null) return
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(late)
  })
  await until(`${command} is ready`, () => {
    if (failed !== undefined) throw failed
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${lines.slice(-5).join(' | ')}`)
    return ready(lines)
  })
  const pid = child.pid ?? 0
  return { pid, cpu: () => cpuOf(pid), memory: () => memoryOf(pid) }
}

function cpuOf (pid: number): number {
  const fields = statOf(pid)
  return (Number(fields?.[11]) + Number(fields?.[12])) / 100
}

function memoryOf (pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
}
