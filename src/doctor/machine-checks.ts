/** Node, memory, shared memory, open files, temporary folder, display. */
import { mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { display } from '../config/environment.js'
import { memoryPerBrowser } from '../config/machine.js'
import type { Check, Patient } from './check.js'

const mib = 2 ** 20

export async function machineChecks (patient: Patient): Promise<Check[]> {
  return [
    node(process.versions.node),
    memory(patient),
    await sharedMemory(patient),
    await openFiles(patient),
    await temporaryFolder(patient),
    displayCheck(patient)
  ]
}

/** @param version such as `20.11.1` */
export function node (version: string): Check {
  if (Number(version.split('.')[0]) >= 20) return { name: 'Node.js', status: 'ok', found: version }
  return { name: 'Node.js', status: 'fail', found: version, remedy: 'install Node.js 20 or newer' }
}

/** A browser with a page of ordinary weight for every slot of the pool. */
export function memory ({ config, machine }: Patient): Check {
  const needed = config.pool.size * memoryPerBrowser
  const found = `${machine.memory} MiB for up to ${config.pool.size} browsers of about ${memoryPerBrowser} MiB`
  if (machine.memory < 2 * memoryPerBrowser) return { name: 'memory', status: 'fail', found, remedy: `give the machine at least ${2 * memoryPerBrowser} MiB` }
  if (machine.memory >= needed) return { name: 'memory', status: 'ok', found }
  const fits = Math.max(1, Math.floor(machine.memory / memoryPerBrowser))
  return { name: 'memory', status: 'warn', found, remedy: `add memory, or use --pool-size ${fits}` }
}

async function sharedMemory ({ config }: Patient): Promise<Check> {
  const name = 'shared memory'
  const wanted = Math.min(2048, 64 * config.pool.size)
  try {
    const { bsize, blocks } = await statfs('/dev/shm')
    const size = Math.floor(bsize * blocks / mib)
    const found = `/dev/shm has ${size} MiB`
    if (size >= wanted) return { name, status: 'ok', found }
    return { name, status: 'warn', found, remedy: `pages may crash; make it ${wanted} MiB, in a container with --shm-size=${wanted}m` }
  } catch {
    return { name, status: process.platform === 'linux' ? 'warn' : 'ok', found: 'there is no /dev/shm', remedy: 'on Linux, mount a tmpfs there' }
  }
}

async function openFiles ({ config }: Patient): Promise<Check> {
  const name = 'open files'
  // A session has its driver, its pipes, and on both sides of the edge some sockets.
  const wanted = Math.max(1024, 256 + 50 * config.pool.size)
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  if (limit === undefined) return { name, status: 'ok', found: 'no limit is known' }
  if (Number(limit) >= wanted) return { name, status: 'ok', found: `at most ${limit}` }
  return { name, status: 'warn', found: `at most ${limit}`, remedy: `allow ${wanted}: ulimit -n ${wanted}, or LimitNOFILE=${wanted} in a systemd unit` }
}

async function temporaryFolder ({ config }: Patient): Promise<Check> {
  const name = 'temporary folder'
  const folder = tmpdir()
  try {
    const probe = await mkdtemp(join(folder, 'tggrid-doctor-'))
    try {
      await writeFile(join(probe, 'probe'), 'written')
    } finally {
      await rm(probe, { recursive: true })
    }
  } catch (error) {
    return { name, status: 'fail', found: `${folder} cannot be written to: ${(error as Error).message}`, remedy: 'make it writable, or set TMPDIR to a folder that is' }
  }
  const { bsize, bavail } = await statfs(folder)
  const free = Math.floor(bsize * bavail / mib)
  const wanted = 100 * config.pool.size
  if (free >= wanted) return { name, status: 'ok', found: `${folder}, ${free} MiB free` }
  return { name, status: 'warn', found: `${folder}, ${free} MiB free`, remedy: `profiles of ${config.pool.size} browsers want ${wanted} MiB` }
}

function displayCheck ({ config }: Patient): Check {
  const name = 'display'
  const found = display()
  if (found !== null) return { name, status: 'ok', found }
  if (config.chromium.headless !== false) return { name, status: 'ok', found: 'none; browsers run headless' }
  return { name, status: 'fail', found: 'none, and chromium.headless is false', remedy: 'set DISPLAY (Xvfb gives one), or use --headless auto' }
}
