/**
 * Clients whose machine has gone without a word while bytes were on their way to them. TCP would send those again for a quarter of an hour;
 * the kernel's own table (proc(5), /proc/net/tcp) tells that nobody acknowledges them. A client that is alive and does not read acknowledges.
 * Where nothing was on its way, TCP keep-alive finds the same.
 */
import { readFileSync } from 'node:fs'
import { isIPv4, type Socket } from 'node:net'

/** Without an acknowledgement for so long, in milliseconds. With the ping that a silent client gets, nobody is missed for longer than a minute. */
const patience = 15_000

export class Unreachable {
  /** Since when nobody acknowledges, by the connection's name. */
  #since = new Map<string, number>()

  /** Those of the sockets whose other side has not acknowledged anything for 15 s. @param now in milliseconds */
  among (sockets: Iterable<Socket>, now: number): Socket[] {
    const silent = silentConnections()
    this.#since = new Map([...silent].map(name => [name, this.#since.get(name) ?? now]))
    if (silent.size === 0) return []
    return [...sockets].filter(socket => now - (this.#since.get(nameOf(socket)) ?? now) >= patience)
  }
}

function silentConnections (): Set<string> {
  return new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap(rowsOf).flatMap(silentRow))
}

function rowsOf (file: string): string[] {
  try {
    return readFileSync(file, 'latin1').split('\n').slice(1)
  } catch {
    return [] // another system: keep-alive has to do
  }
}

/** `sl local remote st tx:rx timer retransmits uid probes …`; the name of a connection with unanswered ones. */
function silentRow (row: string): string[] {
  const [, local = '', remote = '', , , , retransmits = '0', , probes = '0'] = row.trim().split(/\s+/)
  if (retransmits === '00000000' && probes === '0') return []
  const [address = '', port = ''] = remote.split(':')
  return [`${Number.parseInt(local.split(':')[1] ?? '', 16)} ${address.slice(-8)} ${Number.parseInt(port, 16)}`]
}

/** Local port, the last four bytes of the other side's address as the kernel prints them, and its port. */
function nameOf ({ localPort, remoteAddress = '', remotePort }: Socket): string {
  return `${localPort} ${lastBytes(remoteAddress)} ${remotePort}`
}

function lastBytes (address: string): string {
  const dotted = address.slice(address.lastIndexOf(':') + 1)
  const bytes = isIPv4(dotted) ? dotted.split('.').map(Number) : wordsOf(address)
  return bytes.slice(-4).reverse().map(byte => byte.toString(16).padStart(2, '0')).join('').toUpperCase()
}

/** The last two words of an IPv6 address, as bytes. */
function wordsOf (address: string): number[] {
  const tail = address.split('%', 1)[0]?.split('::').at(-1)?.split(':') ?? []
  return ['0', '0', ...tail].slice(-2).flatMap(word => [Number.parseInt(word || '0', 16) >> 8, Number.parseInt(word || '0', 16) & 255])
}
