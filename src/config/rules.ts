/** What must hold between keys. */
import { accessSync, constants } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import type { Config } from './schema.js'

/** @returns a sentence for each rule that the configuration breaks */
export function brokenRules (config: Config): string[] {
  return [
    ...reachableWithoutPassword(config),
    ...samePorts(config),
    ...sizes(config),
    ...sameUsers(config),
    ...strangersInTheGrid(config),
    ...roles(config),
    ...egress(config)
  ]
}

/** Whether only this machine can reach an address: 127.0.0.0/8, ::1, localhost. */
export function isLoopback (host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  const family = isIP(address)
  if (family === 0) return address === 'localhost' || address.endsWith('.localhost')
  return loopback.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function reachableWithoutPassword ({ role, listen, users }: Config): string[] {
  if (role === 'agent' || users.length > 0 || listen.insecure || isLoopback(listen.host)) return []
  return [`listen.host is ${listen.host}, which other machines can reach, and there are no users: ` +
    'anybody there could run code through a browser on this machine. Configure users (TGGRID_USERS=name:password), ' +
    'or say --insecure when the network itself keeps strangers out']
}

function clientPorts ({ hubPort, apiPort, poolPort }: Config['listen']): [string, number | null][] {
  return Object.entries({ hubPort, apiPort, poolPort })
}

function samePorts ({ listen }: Config): string[] {
  const used = clientPorts(listen).filter(([, port]) => port !== null)
  if (used.length === 0) return ['listen: hubPort, apiPort and poolPort are all none; the grid could not be reached, so give one of them a port']
  return used.flatMap(([name, port], index) => {
    const other = used.slice(0, index).find(([, before]) => before === port && port !== 0)
    return other === undefined ? [] : [`listen.${name} and listen.${other[0]} are both ${port}; each port answers everything, so set one of them to none`]
  })
}

function egress ({ runtime, container }: Config): string[] {
  if (container.egress === 'any') return []
  return runtime === 'process' ? ['container.egress is public, which holds for containers only, and runtime is process: browsers would reach everything that this machine reaches'] : []
}

function sizes ({ pool, session, playwright }: Config): string[] {
  const problems: string[] = []
  if (pool.warm > pool.size) problems.push(`pool.warm is ${pool.warm}, more than pool.size, which is ${pool.size}; raise pool.size or lower pool.warm`)
  else if (pool.warm + playwright.warm > pool.size) problems.push(`pool.warm and playwright.warm are ${pool.warm} and ${playwright.warm}, together more than pool.size, which is ${pool.size}`)
  if (session.idleTimeout > session.maxIdleTimeout) {
    problems.push(`session.idleTimeout is ${session.idleTimeout} s, more than session.maxIdleTimeout, which is ${session.maxIdleTimeout} s`)
  }
  return problems
}

function strangersInTheGrid ({ grid }: Config): string[] {
  const files = ([['ca', grid.ca], ['cert', grid.cert], ['key', grid.key]] as const).filter(([, file]) => file === null)
  if (files.length === 1 || files.length === 2) return [`grid: ca, cert and key belong together, and ${files.map(([name]) => name).join(' and ')} is missing`]
  const unreadable = [grid.ca, grid.cert, grid.key].flatMap(file => file === null || isReadable(file) ? [] : [`grid: ${file} cannot be read`])
  if (unreadable.length > 0) return unreadable
  if (grid.port === null || grid.secret !== null || files.length === 0 || isLoopback(grid.host)) return []
  return [`grid.host is ${grid.host}, which other machines can reach, and there is neither a secret nor a certificate: anybody there could be given sessions, or open them. Give all hosts the same --secret-file`]
}

function isReadable (file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function roles ({ role, grid, listen }: Config): string[] {
  const needless = [
    ...role !== 'agent' && grid.join.length > 0 ? ['grid.join is for agents: start this one as tggrid agent'] : [],
    ...role === 'agent' && grid.agents.length > 0 ? ['grid.agents is for routers: start this one as tggrid router'] : [],
    ...role !== 'all' && grid.port === null ? [`a ${role} needs grid.port, and it is none`] : []
  ]
  const same = role === 'agent' || grid.port === null || grid.port === 0 ? [] : clientPorts(listen).filter(([, port]) => port === grid.port)
  return [...needless, ...same.map(([name]) => `grid.port and listen.${name} are both ${grid.port}`)]
}

function sameUsers ({ users }: Config): string[] {
  const names = users.map(user => user.name)
  return names.filter((name, index) => names.indexOf(name) !== index).map(name => `users: ${JSON.stringify(name)} is there twice`)
}
