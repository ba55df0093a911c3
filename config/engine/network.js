/** What an engine needs and leaves of the machine's network: a bridge, addresses that nobody uses, packet filter rules. */
import { readFileSync, writeFileSync } from 'node:fs'
import { Problem, run } from '../setup/steps.js'

const forwarding = '/proc/sys/net/ipv4/ip_forward'
const ours = /^DOCKER(-|$)/

/** Makes the bridge of default containers. @returns {Promise<string>} the addresses that further networks may take, a /16 */
export async function makeBridge (name) {
  const second = await freeSecond()
  await ip('link', 'add', name, 'type', 'bridge')
  await ip('addr', 'add', `10.${second}.0.1/24`, 'dev', name)
  await ip('link', 'set', name, 'up')
  return `10.${second}.128.0/17`
}

/** The machine as it was, in words that `restoreNetwork` understands. */
export async function describeNetwork () {
  return { forwarding: readFileSync(forwarding, 'latin1').trim(), policy: await policyOf('FORWARD'), hadChains: (await chains('filter')).some(name => ours.test(name)) }
}

/**
 * Removes bridges, the rules that name them, and, when nobody else needs them, the chains that the engine made.
 * @param {string[]} bridges
 * @param {{forwarding: string, policy: string, hadChains: boolean} | undefined} before undefined leaves what is shared as it is
 */
export async function restoreNetwork (bridges, before) {
  for (const table of ['filter', 'nat']) {
    const addresses = await Promise.all(bridges.map(subnetOf))
    const named = rule => [...bridges, ...addresses].some(name => name !== undefined && rule.split(' ').includes(name))
    await removeRules(table, named)
    if (before === undefined || before.hadChains) continue
    await removeRules(table, rule => ours.test(rule.split(' -j ')[1]?.split(' ')[0] ?? '') && !ours.test(rule.split(' ')[1]))
    const made = (await chains(table)).filter(name => ours.test(name))
    for (const flag of ['-F', '-X']) for (const chain of made) await run('iptables', ['-w', '-t', table, flag, chain])
  }
  for (const bridge of bridges) await run('ip', ['link', 'del', bridge])
  if (before === undefined || before.hadChains) return
  await run('iptables', ['-w', '-P', 'FORWARD', before.policy])
  writeFileSync(forwarding, before.forwarding)
}

/** The bridges whose addresses lie in the same 10.N.0.0/16 as the engine's own: those of its further networks. */
export async function bridgesBeside (name) {
  const lines = await addressLines()
  const second = lines.find(({ device }) => device === name)?.second
  if (second === undefined) return []
  const { output } = await run('ip', ['-o', 'link', 'show', 'type', 'bridge'])
  const isBridge = device => output.includes(` ${device}: `)
  return lines.filter(line => line.second === second && isBridge(line.device)).map(({ device }) => device)
}

async function freeSecond () {
  const { output } = await run('ip', ['-4', 'route', 'show', 'table', 'all'])
  const taken = new Set([...output.matchAll(/\b10\.(\d+)\./g)].map(match => Number(match[1])))
  for (let second = 200; second < 250; second++) if (!taken.has(second)) return second
  throw new Problem('no free addresses for the engine\'s containers: 10.200.0.0 to 10.249.255.255 are all in use on this machine')
}

async function subnetOf (device) {
  const { output } = await run('ip', ['-4', 'route', 'show', 'dev', device, 'scope', 'link'])
  return /^[\d./]+/.exec(output)?.[0]
}

async function addressLines () {
  const { output } = await run('ip', ['-4', '-o', 'addr'])
  return [...output.matchAll(/^\d+: (\S+) +inet 10\.(\d+)\./gm)].map(([, device, second]) => ({ device, second }))
}

async function policyOf (chain) {
  return /-P \S+ (\S+)/.exec((await rules('filter', chain))[0] ?? '')?.[1] ?? 'ACCEPT'
}

async function chains (table) {
  return (await rules(table)).filter(rule => rule.startsWith('-N ')).map(rule => rule.slice(3))
}

async function removeRules (table, chosen) {
  for (const rule of (await rules(table)).filter(rule => rule.startsWith('-A ') && chosen(rule))) {
    await run('iptables', ['-w', '-t', table, '-D', ...rule.split(' ').slice(1)])
  }
}

async function rules (table, ...chain) {
  const { output } = await run('iptables', ['-w', '-t', table, '-S', ...chain])
  return output.split('\n').filter(line => line.startsWith('-'))
}

async function ip (...args) {
  const { code, output } = await run('ip', args)
  if (code !== 0) throw new Problem(`the engine's bridge cannot be made: ip ${args.join(' ')} failed, as above`, output)
}
