/** One driver as a local process: started, watched, wiped and ended. */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { UploadedFile } from '../protocol/files.js'
import type { HostNeeds } from '../protocol/host-needs.js'
import { whenAny, within } from '../waits.js'
import { emptyFolder, endProcesses } from './leftovers.js'
import { withFreePort } from './port-taken.js'
import { justNow, killNow, processesOf, runs } from './processes.js'
import type { Address, Death, Place, Way } from './runtime.js'

export interface DriverOptions {
  readonly id: string
  /** Is made; all that driver and browser write goes there. */
  readonly folder: string
  readonly command: string
  readonly args: readonly string[]
  readonly needs: HostNeeds
  readonly environment: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** Starts a driver on a port that it picks itself. Rejects with what it said when it does not come up. */
export async function startDriver (options: DriverOptions): Promise<Place> {
  return await withFreePort(async () => {
    await mkdir(options.folder, { recursive: true }) // one that is left of a driver that did not come up is empty
    return await startOnce(options)
  })
}

async function startOnce (options: DriverOptions): Promise<Place> {
  const { folder } = options
  const child = spawn(options.command, options.args, {
    // A folder for everything makes a wipe complete, and crash dumps would go to $HOME.
    env: { ...options.environment, HOME: folder, TMPDIR: folder },
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  child.on('error', () => {}) // a command that cannot be run: `portOf` tells
  const place = new DriverProcess(child, options)
  try {
    const port = await portOf(child, options)
    place.driver = { address: { host: '127.0.0.1', port }, path: '', host: `localhost:${port}` }
    return place
  } catch (error) {
    await place.destroy()
    throw error
  }
}

class DriverProcess implements Place {
  readonly id: string
  readonly keepsDriver = true
  readonly needs: HostNeeds
  readonly died: Promise<Death>
  driver: Way = { address: { host: '127.0.0.1', port: 0 }, path: '', host: 'localhost' }
  readonly #child: ChildProcess
  readonly #folder: string
  /** Its processes began later, its driver a moment before. */
  #since = justNow()

  constructor (child: ChildProcess, options: DriverOptions) {
    this.id = options.id
    this.needs = options.needs
    this.#child = child
    this.#folder = options.folder
    this.died = new Promise(resolve => {
      child.once('exit', (code, signal) => resolve({ cause: 'ended', why: `the driver ended with ${signal ?? `exit code ${code}`}` }))
      child.once('error', error => resolve({ cause: 'ended', why: error.message }))
    })
  }

  runs (browser: number): boolean {
    const { pid } = this.#child
    return pid !== undefined && runs(pid) && runs(browser)
  }

  async reach (address: Address): Promise<Address> {
    return { host: '127.0.0.1', port: address.port }
  }

  async receive ({ name, bytes }: UploadedFile): Promise<string> {
    const folder = join(this.#folder, 'uploads', randomUUID())
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, name), bytes)
    return join(folder, name)
  }

  /** Local processes have no limits, and end with their agent. */
  occupy (): void {}

  async wipe (): Promise<void> {
    await this.#end(pid => pid !== this.#child.pid)
    this.#since = justNow()
    await emptyFolder(this.#folder)
  }

  async destroy (): Promise<void> {
    if (this.#child.pid !== undefined) killNow(this.#child.pid)
    await this.#end(() => true).catch(() => {}) // in uninterruptible sleep: the kernel ends it in its time
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {}) // the workspace's removal is the second try
  }

  async #end (chosen: (pid: number) => boolean): Promise<void> {
    const { pid } = this.#child
    if (pid === undefined) return
    const mark = { text: `TMPDIR=${this.#folder}\0`, since: this.#since }
    await endProcesses(this.id, async () => (await processesOf(pid, mark)).filter(chosen))
  }
}

/** How much later than its end what it said may be read, in milliseconds. */
const lastWords = 300

/** chromedriver says `… was started successfully on port N.`; geckodriver `Listening on 127.0.0.1:N`. */
const announcement = /(?:successfully on port |Listening on [\d.]+:)(\d+)/

async function portOf (child: ChildProcess, { command, signal }: DriverOptions): Promise<number> {
  let said = ''
  const port = new Promise<number>(resolve => {
    const hear = (chunk: Buffer): void => {
      if (said.length > 16_384) return // come up long ago: only the pipe has to be kept empty
      said += chunk.toString('latin1')
      const match = announcement.exec(said)
      if (match !== null) resolve(Number(match[1]))
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
  })
  const failed = new AbortController()
  try {
    const stop = { signal: whenAny(signal, failed.signal) }
    const heard = new Promise<void>(resolve => child.once('close', () => resolve()))
    const ended = once(child, 'exit', stop).then(async ([code, killed]) => {
      await within(lastWords, heard).catch(() => {}) // another process may hold its pipes open
      throw new Error(`${command} ended with ${killed ?? `exit code ${code}`} before it listened${quote(said)}`)
    })
    return await Promise.race([port, ended])
  } catch (error) {
    if (signal.aborted) throw new Error(`${command} did not listen in time${quote(said)}`, { cause: error })
    throw error
  } finally {
    failed.abort()
  }
}

function quote (said: string): string {
  const text = said.trim()
  return text === '' ? '' : `; it said: ${text.slice(-500)}`
}
