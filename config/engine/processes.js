/** An engine's processes, found by what /proc says of them, and their end. */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { markPattern } from './places.js'

/** The pid of a dockerd that is no private one of ours. */
export function foreignEngine () {
  return pids().find(pid => {
    const [program = '', ...args] = commandOf(pid)
    return /(^|\/)dockerd$/.test(program) && !args.some(arg => markPattern.test(arg))
  })
}

/** The pid files of the private engines at work, but for the one whose mark is given. */
export function siblings (mark) {
  const commands = pids().map(commandOf).filter(([program = '', ...args]) => /(^|\/)dockerd$/.test(program) && args.some(arg => markPattern.test(arg)) && !args.includes(mark))
  return commands.map(args => args[args.indexOf('--pidfile') + 1] ?? '')
}

/** Whether the process that wrote the file lives, and is a dockerd. */
export function isRunning (pidFile) {
  const pid = pidIn(pidFile)
  return pid !== undefined && /(^|\/)dockerd$/.test(commandOf(pid)[0] ?? '')
}

/** Asks the dockerd that wrote the file to end; it ends its containers first. */
export async function endPolitely (pidFile, patience) {
  if (!isRunning(pidFile)) return
  kill(pidIn(pidFile), 'SIGTERM')
  const until = performance.now() + patience
  while (isRunning(pidFile) && performance.now() < until) await sleep(50)
}

/** Kills what names the folder in its command line: containerd and its shims, when dockerd did not live to end them. */
export async function endStragglers (folder) {
  for (let round = 0; round < 20; round++) {
    const left = pids().filter(pid => pid !== process.pid && /(^|\/)(dockerd|containerd\S*|docker-proxy)$/.test(commandOf(pid)[0] ?? '') && commandOf(pid).some(arg => arg.startsWith(`${folder}/`)))
    if (left.length === 0) return
    left.forEach(pid => kill(pid, 'SIGKILL'))
    await sleep(50)
  }
}

/** Processes listed in a file, one pid a line, such as cgroup.procs. */
export function killListed (text) {
  text.split('\n').filter(line => line !== '').forEach(pid => kill(Number(pid), 'SIGKILL'))
}

function pids () {
  return readdirSync('/proc').map(Number).filter(pid => pid > 0)
}

function commandOf (pid) {
  return (read(`/proc/${pid}/cmdline`) ?? '').split('\0')
}

function pidIn (file) {
  const pid = Number(read(file))
  return pid > 0 ? pid : undefined
}

function kill (pid, signal) {
  try {
    process.kill(pid, signal)
  } catch {} // it has gone already
}

function read (file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
