/** What `tggrid certs` takes, and its help. */
import { isIP } from 'node:net'
import { InvalidArgumentError, type Command } from 'commander'

/** Of a CA, and so the longest of what it signs, in days. */
const longestLife = 3650
const usualLife = 365

const help = `
The first time it makes a CA, FOLDER/ca.pem with its key ca-key.pem, and uses it again after that, so that
hosts can be added later. Each HOST gets HOST.pem with its key HOST-key.pem. A host needs these two and ca.pem.
The CA's key only makes more certificates: no host needs it, and whoever has it can join the grid.

All certificates do for routers and for agents, at whatever address: those only ask whether the CA has signed
it and whether it is still valid. The name in it is for people.

Examples:
  tggrid certs router agent-1 agent-2          a CA and three hosts, in ./certs
  tggrid certs 10.0.0.9                        one more host, later
  tggrid certs --force --days 90 agent-1       a new certificate for a host that has one
  tggrid certs --out /etc/tggrid router        in another folder`

interface CertsFlags {
  readonly out: string
  readonly days: number
  readonly force?: boolean
}

export function addCertsCommand (program: Command): void {
  program.command('certs').description('make a private CA and certificates for mutual TLS between routers and agents')
    .argument('<host...>', 'names or addresses of hosts with a router or an agent', (text: string, before: string[] | undefined) => [...before ?? [], hostOf(text)])
    .option('--out <folder>', 'where the files are, and go', 'certs')
    .option('--days <n>', `how long the hosts' certificates are valid, at most ${longestLife}; a CA is for ${longestLife} days`, daysOf, usualLife)
    .option('--force', 'make new files for the named hosts where some are there; the CA is never made anew')
    .addHelpText('after', help)
    .showHelpAfterError('(tggrid certs --help says more)')
    .action(async (hosts: string[], { out, days, force }: CertsFlags) => {
      const { makeCerts } = await import('./certs.js') // a grid that starts has no use for what it loads
      makeCerts(hosts, { out, days, caDays: longestLife, force: force === true })
    })
}

/** A name as in DNS, also with underscores as Docker Compose makes them. A last part of digits is a mistyped address. */
const name = /^(?=.{1,253}$)([a-z\d_]([\w-]{0,61}[a-z\d_])?\.)*(?!\d+$)[a-z\d_]([\w-]{0,61}[a-z\d_])?$/i

function hostOf (text: string): string {
  const host = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text
  if (isIP(host) === 0 ? !name.test(host) : host.includes('%')) throw new InvalidArgumentError('A host is a DNS name or an IP address, without a port: agent-1, grid.example.com, 10.0.0.7, fd00::7.')
  if (/^ca$|-key$/i.test(host)) throw new InvalidArgumentError('Its files would be called as the CA\'s, or as another host\'s key; another name or its address will do.')
  return host
}

function daysOf (text: string): number {
  const days = Number(text)
  if (!/^\d+$/.test(text) || days < 1 || days > longestLife) throw new InvalidArgumentError(`It takes a whole number from 1 to ${longestLife}.`)
  return days
}
