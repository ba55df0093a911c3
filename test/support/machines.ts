/** Machines of a network of their own: network namespaces, each joined to this one by a cable that can be pulled (ip-netns(8), veth(4)). */
import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'

export interface Machine {
  readonly address: string
  /** Of this machine, as seen from there: two of them. */
  readonly gateways: readonly [string, string]
  /** What a command line begins with that is to run there. */
  readonly within: readonly string[]
  pull (): void
  plug (): void
  /** It cannot speak to this address any more, and to others it can. */
  block (address: string): void
  unblock (address: string): void
}

/** Why there can be none; false where there can. */
export function noMachines (): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  return spawnSync('ip', ['-V']).status === 0 ? false : 'network namespaces need ip (Debian: iproute2)'
}

let made = 0

/** It is removed when the test ends, after what runs there. */
export function startMachine (t: Pick<Test, 'teardown'>): Machine {
  const number = ++made
  const name = `tgt${process.pid % 100_000}-${number}`
  const [cable, plug] = [`tg${process.pid % 100_000}a${number}`, `tg${process.pid % 100_000}b${number}`]
  const [first, second, address] = [1, 2, 3].map(host => `10.213.${process.pid % 250}.${number * 8 + host}`) as [string, string, string]
  ip(`netns add ${name}`)
  t.teardown(() => { ip(`netns del ${name}`) })
  ip(`link add ${cable} type veth peer name ${plug}`)
  ip(`link set ${plug} netns ${name}`)
  for (const gateway of [first, second]) ip(`addr add ${gateway}/29 dev ${cable}`)
  ip(`link set ${cable} up`)
  ip(`-n ${name} addr add ${address}/29 dev ${plug}`)
  ip(`-n ${name} link set ${plug} up`)
  ip(`-n ${name} link set lo up`)
  return {
    address,
    gateways: [first, second],
    within: ['ip', 'netns', 'exec', name],
    pull: () => ip(`link set ${cable} down`),
    plug: () => ip(`link set ${cable} up`),
    block: address => ip(`-n ${name} route add blackhole ${address}/32`),
    unblock: address => ip(`-n ${name} route del blackhole ${address}/32`)
  }
}

function ip (command: string): void {
  const { status, stderr } = spawnSync('ip', command.split(' '), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${command}: ${stderr}`)
}
