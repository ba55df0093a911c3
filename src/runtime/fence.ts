/**
 * Closes the way from a container to its host and to private addresses, also for whoever has taken over the browser: packet filter rules in the
 * container's own network namespace, which only somebody with CAP_NET_ADMIN there can change. A helper that has that, and nothing else, sets
 * them and ends; they are gone with the container. So nothing is changed on the host, and nothing has to be undone there.
 */
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { agentLabel, type Fence } from './container-options.js'
import type { Engine } from './engine.js'
import { runOnce } from './run-once.js'

/** What is not the public Internet (IANA's special-purpose registries), and multicast. */
const notPublic = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24',
  '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3',
  '::/3', '2001::/23', '2001:db8::/32', '2002::/16', '4000::/2', '8000::/1'
]

/**
 * For `nft -f`. Replies may go anywhere, since the agent is on the host. The engine's own name server asks others from within the container's
 * namespace, as root, which nobody in a container of ours is.
 * @param allowed addresses and networks that may be reached all the same @param own addresses of the host
 */
export function fenceRules (allowed: readonly string[], own: readonly string[]): string {
  return `table inet tggrid
delete table inet tggrid
table inet tggrid {
  chain output {
    type filter hook output priority 0; policy accept;
    oif "lo" accept
    ct state established,related accept
    meta skuid 0 th dport 53 accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept
    ${[...verdicts(allowed, 'accept'), ...verdicts([...notPublic, ...own], 'reject')].join('\n    ')}
  }
}`
}

/** Where the agent is on the engine's host: what of that host is no private address. */
export function ownAddresses (): string[] {
  return Object.values(networkInterfaces()).flatMap(addresses => addresses ?? []).filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address)
}

/** Podman's name server is none of the container's own namespace. */
const script = `nft "$1" || exit
for server in $(sed -n 's/^nameserver \\([0-9.]*\\)$/\\1/p' /etc/resolv.conf); do nft insert rule inet tggrid output ip daddr $server th dport 53 accept || exit; done`

/** Rejects when the rules are not in force. @param network the container's, such as `container:1234`; `none` to see whether it could be done */
export async function closeWays (engine: Engine, network: string, { agent, fence: { image, rules }, signal }: { readonly agent: string, readonly fence: Fence, readonly signal?: AbortSignal }): Promise<void> {
  const { code, said } = await runOnce(engine, {
    Image: image,
    Entrypoint: ['sh', '-c', script, 'fence', rules],
    Cmd: [],
    User: '0',
    Labels: { [agentLabel]: agent },
    HostConfig: {
      NetworkMode: network,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      CapAdd: ['NET_ADMIN'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: { Type: 'none', Config: {} }
    }
  }, signal)
  if (code !== 0) throw new Error(`the ways to private addresses cannot be closed (container.egress): ${said || `the helper ended with ${code}`}`)
}

function verdicts (networks: readonly string[], verdict: string): string[] {
  const [six, four] = [networks.filter(isSix), networks.filter(network => !isSix(network))]
  return [...four.map(network => `ip daddr ${network} ${verdict}`), ...six.map(network => `ip6 daddr ${network} ${verdict}`)]
}

const isSix = (network: string): boolean => isIPv6(network.split('/', 1)[0] ?? '')
