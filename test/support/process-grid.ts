/** `tggrid start` as a process of its own, with a temporary folder of its own, so that what it leaves behind can be seen. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { killNow } from '../../src/runtime/processes.js'
import { environmentOf, type Entry, type Settings } from './grid.js'
import { until } from './until.js'

export const main = new URL('../../src/main.js', import.meta.url).pathname

export interface ProcessGrid {
  readonly child: ChildProcess
  readonly hub: string
  /** All that it printed as `listening`. */
  readonly urls: Readonly<Record<string, string>>
  readonly log: readonly Entry[]
  readonly ended: Promise<{ code: number | null, signal: NodeJS.Signals | null }>
  /** Resolves when it has logged this. */
  said (message: string | RegExp): Promise<Entry>
  /** Living processes that carry its temporary folder in their environment or command line; itself not counted. */
  descendants (): number[]
  /** Its temporary folder. */
  readonly folder: string
  /** What is in it. */
  leftovers (): string[]
}

const small: Settings = { runtime: 'process', 'listen.hubPort': 0, 'listen.apiPort': 0, 'listen.poolPort': 0, 'pool.size': 3, 'pool.warm': 1, 'playwright.warm': 0 }

/** Resolves when it listens. @param within what its command line begins with, such as `ip netns exec NAME` */
export async function startProcess (t: Pick<Test, 'teardown'>, settings: Settings = {}, within: readonly string[] = []): Promise<ProcessGrid> {
  // Short: Chrome puts a socket there, whose path may have 107 bytes (unix(7)).
  const folder = mkdtempSync(join(tmpdir(), 'e2e-'))
  const [command = '', ...args] = [...within, process.execPath, main, 'start']
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], TMPDIR: folder, ...environmentOf({ ...small, ...settings }) },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const log: Entry[] = []
  createInterface({ input: child.stdout }).on('line', line => log.push(JSON.parse(line) as Entry))
  const descendants = (): number[] => processesNaming(folder).filter(pid => pid !== child.pid)
  t.teardown(async () => {
    if (settings['runtime'] === 'docker') await endPolitely(child, ended)
    child.kill('SIGKILL')
    await ended
    // Who is told twice ends at once, and leaves the removal of its containers to another process.
    if (settings['runtime'] === 'docker') await until('nothing of it runs', () => descendants().length === 0).catch(() => {})
    // Only what this test has started carries its folder's name.
    descendants().forEach(killNow)
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const said = (message: string | RegExp): Promise<Entry> => until(`the log says ${message}`, () => {
    if (child.exitCode !== null) throw new Error(`tggrid ended with ${child.exitCode}`)
    return log.find(({ msg }) => typeof message === 'string' ? msg === message : message.test(msg))
  })
  const { urls } = await said('listening') as unknown as Pick<ProcessGrid, 'urls'>
  return { child, hub: urls['Selenium Hub'] ?? '', urls, log, ended, said, descendants, folder, leftovers: () => readdirSync(folder) }
}

/** Containers outlive a grid that is killed, but not one that is told twice. */
async function endPolitely (child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  for (let i = 0; i < 2 && child.exitCode === null && child.signalCode === null; i++) {
    child.kill('SIGTERM')
    await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 500))])
  }
  await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 10_000))])
}

/** Living processes with a text in their environment or on their command line. */
export function processesNaming (text: string): number[] {
  return readdirSync('/proc').map(Number).filter(pid => pid > 0 && pid !== process.pid).filter(pid =>
    (read(pid, 'environ').includes(text) || read(pid, 'cmdline').includes(text)) && !/^\d+ \(.*\) Z/s.test(read(pid, 'stat')))
}

function read (pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return '' // it has ended
  }
}
