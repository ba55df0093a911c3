/**
 * Machines and cables, in a network that nobody else sees: the test runs in namespaces of its own (network_namespaces(7), pid_namespaces(7)),
 * and each machine is one more, at a cable of its own (veth(4)). All of it goes with the test's process, however that ends.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

export interface Machine {
  readonly address: string
  /** What a command line begins with that is to run there. */
  readonly within: readonly string[]
  /** Its cable: what is sent through it is lost without a word, both ways. */
  pull (): void
  plug (): void
}

const mark = 'TGGRID_TEST_MACHINES'

/** Of unshare(1), for a program in a network and among processes of its own, which end with it. */
export const apart = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'] as const

/**
 * Runs a file's tests where there can be machines; elsewhere the file runs itself there.
 * @param file its `import.meta.url`
 * @param lacking why the tests cannot be run, were there machines
 */
export async function withMachines (t: Test, { file, lacking = false }: { readonly file: string, readonly lacking?: string | false }, tests: () => Promise<void>): Promise<void> {
  if (process.env[mark] === '1') {
    openNetwork()
    return await tests()
  }
  const skip = lacking || noMachines()
  if (skip !== false) {
    await t.test('with cables that can be pulled', { skip }, async () => {})
    return
  }
  const args = [...apart, process.execPath, fileURLToPath(file)]
  await t.spawn('unshare', args, { env: { ...process.env, [mark]: '1' }, stdio: ['ignore', 'pipe', 'inherit'] }, 'with cables that can be pulled')
}

/** Why there can be none; false where there can. CI installs what is needed, and nothing is left out there. */
function noMachines (): string | false {
  if (process.env['CI'] === 'true') return false
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  if (spawnSync('ip', ['-V']).status !== 0) return 'network namespaces need ip (Debian: iproute2)'
  return spawnSync('unshare', ['--net', '--pid', '--fork', '--mount-proc', 'true']).status === 0 ? false : 'there can be no namespaces here'
}

/** This network passes on what its machines send each other, and is silent when it cannot. What is meant for elsewhere, such as a name server, is refused. */
export function openNetwork (): void {
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
  ip('link set lo up')
  ip('route add blackhole 10.0.0.0/16')
}

let made = 0

/** It is there until the test's end. */
export async function startMachine (t: Pick<Test, 'teardown'>): Promise<Machine> {
  const number = ++made
  const [gateway, address, cable] = [`10.0.${number}.1`, `10.0.${number}.2`, `cable${number}`]
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'echo there; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  const there = (command: string): void => run('nsenter', ['-t', String(holder.pid), '-n', 'ip', ...command.split(' ')])
  ip(`link add ${cable} type veth peer name eth0 netns ${holder.pid}`)
  ip(`addr add ${gateway}/24 dev ${cable}`)
  ip(`link set ${cable} up`)
  there('link set lo up')
  there(`addr add ${address}/24 dev eth0`)
  there('link set eth0 up')
  there(`route add default via ${gateway}`)
  return {
    address,
    within: ['nsenter', '-t', String(holder.pid), '-n'],
    pull: () => ip(`link set ${cable} down`),
    plug: () => ip(`link set ${cable} up`)
  }
}

/** What these two send each other is lost; others reach both. @returns what ends it */
export function part (one: Machine, other: Machine): () => void {
  const ends = [loseFrom(one, other), loseFrom(other, one)]
  return () => ends.forEach(end => end())
}

/** What one sends the other is lost, and what that one sends arrives. @returns what ends it */
export function loseFrom (one: Machine, other: Machine): () => void {
  const rule = `from ${one.address} to ${other.address} blackhole`
  ip(`rule add ${rule}`)
  return () => ip(`rule del ${rule}`)
}

function ip (command: string): void {
  run('ip', command.split(' '))
}

function run (command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}
