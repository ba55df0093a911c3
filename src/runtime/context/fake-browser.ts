/**
 * What Playwright takes for a browser that it has launched, and is a view of one that is shared: a process that is none, with DevTools on its pipes
 * (`--remote-debugging-pipe`: messages end with a zero byte). So Playwright's own server, in any version, serves a session that is a part of a browser.
 */
import childProcess, { type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import { PassThrough, type Writable } from 'node:stream'
import { PipeMessages } from '../pipe-messages.js'
import type { View } from './view.js'

/** By this switch a launch says which view is meant. */
const viewSwitch = '--tggrid-view='
/** No process has it (Linux gives numbers up to 2²²): who kills a browser that does not end kills nobody. */
const noPid = 2 ** 30

/** By their switches. */
const views = new Map<string, View>()

/** The program that was launched last in earnest. */
let launched: ChildProcess | undefined

/** Launches of programs with a view's switch get that view, from now on. */
export function serveLaunches (): void {
  const { spawn } = childProcess
  childProcess.spawn = ((command: string, args: readonly string[], options: object) => {
    const view = args.map(arg => views.get(arg)).find(view => view !== undefined) // a client may have sent a switch of this name, too
    if (view !== undefined) return launchOf(view)
    launched = spawn(command, args, options)
    return launched
  }) as typeof spawn
  syncBuiltinESMExports()
}

/**
 * Playwright, which has launched a browser, is given no more of its pages: it would let all of them run, before their own sessions are ready for them.
 * What the browser answers has the id 0, by which Playwright takes it for nothing.
 */
export function blindLauncher (): void {
  const commands = launched?.stdio[3] as Writable
  commands.write(`${JSON.stringify({ id: 0, method: 'Target.setAutoAttach', params: { autoAttach: false, waitForDebuggerOnStart: false, flatten: true } })}\0`)
}

/** @param launch launches a browser with a further switch */
export async function launchInView<T> (view: View, launch: (arg: string) => Promise<T>): Promise<T> {
  const arg = viewSwitch + randomUUID()
  views.set(arg, view)
  try {
    return await launch(arg)
  } finally {
    views.delete(arg)
  }
}

function launchOf (view: View): ChildProcess {
  const [output, errors, commands, answers] = [new PassThrough(), new PassThrough(), new PassThrough(), new PassThrough()]
  const browser = Object.assign(new EventEmitter(), { pid: noPid, killed: false, exitCode: null, signalCode: null, spawnargs: [], stdin: null, stdout: output, stderr: errors, stdio: [null, output, errors, commands, answers] })
  const client = view.attach({ send: text => answers.write(`${text}\0`), close: end })
  const messages = new PipeMessages(text => client.take(text))
  commands.on('data', (bytes: Buffer) => messages.add(bytes))
  let ended = false
  return browser as unknown as ChildProcess

  function end (): void {
    if (ended) return
    ended = true
    for (const stream of [output, errors, answers]) stream.end()
    for (const event of ['exit', 'close']) browser.emit(event, 0, null)
  }
}
