/** Chrome's driver as a child of the program that shares a browser. */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Capabilities } from '../../protocol/capabilities.js'
import { exchange, type Call } from '../http-call.js'
import { withFreePort } from '../port-taken.js'
import type { Driver, OpenedSession } from './shared-browser.js'

/** The driver's own refusal, as it is to be passed on (W3C WebDriver, §6.6 "Errors"). */
export class Refused extends Error {
  readonly status: number
  readonly value: object

  constructor (status: number, value: object) {
    super((value as { message?: string }).message ?? 'the driver refused')
    this.status = status
    this.value = value
  }
}

/** How long the driver may take to come up, in milliseconds. */
const startDeadline = 10_000
/** How long it may take to end a session, in milliseconds. */
const endDeadline = 3000

export class ChromeDriver implements Driver {
  readonly port: number
  /** Resolves when it has ended. */
  readonly ended: Promise<void>

  private constructor (child: ChildProcess, port: number) {
    this.port = port
    this.ended = new Promise(resolve => child.once('exit', () => resolve()))
  }

  /** Rejects with what it said when it does not come up. */
  static async start (command: string, args: readonly string[]): Promise<ChromeDriver> {
    return await withFreePort(() => ChromeDriver.#startOnce(command, args))
  }

  static async #startOnce (command: string, args: readonly string[]): Promise<ChromeDriver> {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    const port = await new Promise<number>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${command} ${why}${said === '' ? '' : `; it said: ${said.slice(-500)}`}`))
      const timer = setTimeout(fail, startDeadline, 'did not listen in time')
      child.once('error', error => fail(error.message)).once('exit', code => fail(`ended with exit code ${code}`))
      child.stdout.on('data', (chunk: Buffer) => {
        if (said.length > 16_384) return // only the pipe has to be kept empty
        said += chunk.toString('latin1')
        const match = /successfully on port (\d+)/.exec(said)
        if (match === null) return
        clearTimeout(timer)
        resolve(Number(match[1]))
      })
    })
    return new ChromeDriver(child, port)
  }

  async newSession (alwaysMatch: Capabilities): Promise<OpenedSession> {
    const { status, value } = await this.#call({ method: 'POST', path: '/session', body: { capabilities: { alwaysMatch } } })
    if (status === 200) return value as OpenedSession
    throw new Refused(status, value)
  }

  async deleteSession (id: string): Promise<void> {
    await this.#call({ method: 'DELETE', path: `/session/${id}`, signal: AbortSignal.timeout(endDeadline) }) // one that is over already is refused
  }

  async #call (call: Call): Promise<{ status: number, value: object }> {
    const { status, text } = await exchange({ address: { host: '127.0.0.1', port: this.port }, path: '', host: 'localhost' }, call)
    return { status, value: (JSON.parse(text) as { value: object }).value }
  }
}
