/** A Docker engine of a test's own, which may be stopped and started again. It has the images that the tests use. */
import { execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import type { Test } from 'tap'
import { docker as shared } from './engine.js'
import { until } from './until.js'

const run = promisify(execFile)

/** Why there can be none; false where there can. */
export const noPrivateEngine = process.platform !== 'linux' || process.getuid?.() !== 0 ? 'an engine of its own needs Linux and root' : false

export interface PrivateEngine {
  readonly address: string
  readonly docker: Docker
  /** Resolves when its process has ended. */
  stop (): Promise<void>
  /** As it was started before, and with further arguments of dockerd. Resolves when it answers. */
  start (...args: string[]): Promise<void>
  /** Its disk has no room left for anything. */
  fillDisk (): Promise<void>
  /** As much room as before. */
  makeRoom (): Promise<void>
}

/** Its disk is memory that is used as needed: with room, in bytes, for a browser's image and for taking it in. */
const disk = 4 * 2 ** 30

/** It is removed when the test is over, with all that it made. @param within what its command line begins with, such as `nsenter -t PID -n` */
export async function startPrivateEngine (t: Pick<Test, 'teardown'>, image: string, within: readonly string[] = []): Promise<PrivateEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'tgr-'))
  const engine = async (name: string): Promise<void> => {
    const [command = '', ...args] = [...within, process.execPath, 'config/engine.js', name, folder]
    await run(command, args)
  }
  t.teardown(() => engine('stop'))
  const data = join(folder, 'data')
  mkdirSync(data)
  const mount = async (options: string): Promise<void> => { await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', data]) }
  await mount(`size=${disk},mode=711`)
  await engine('start')
  const docker = new Docker({ socketPath: join(folder, 'docker.sock') })
  await docker.loadImage(await shared.getImage(image).get()).then(untilEnd)
  const pid = (): string => readFileSync(join(folder, 'docker.pid'), 'latin1')
  const [program = '', ...command] = readFileSync(`/proc/${pid()}/cmdline`, 'latin1').split('\0').filter(word => word !== '')
  return {
    address: `unix://${join(folder, 'docker.sock')}`,
    docker,
    async stop () {
      const own = Number(pid())
      process.kill(own, 'SIGTERM')
      await until('the engine has ended', () => !lives(own), 60_000)
    },
    async start (...args) {
      spawn(program, [...command, ...args], { cwd: '/', detached: true, stdio: 'ignore' }).unref()
      await until('the engine answers', () => docker.ping().then(() => true, () => false), 60_000)
    },
    async fillDisk () {
      const { blocks, bfree, bsize } = statfsSync(data)
      await mount(`remount,size=${(blocks - bfree) * bsize}`)
    },
    makeRoom: () => mount(`remount,size=${disk}`)
  }
}

async function untilEnd (stream: NodeJS.ReadableStream): Promise<void> {
  stream.resume()
  await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject))
}

function lives (pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
