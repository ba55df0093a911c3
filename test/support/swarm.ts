/** A Swarm of one node, which the engine at hand becomes for one test, and stacks in it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type Docker from 'dockerode'
import type { Test } from 'tap'
import { docker, engineAddress, noEngine } from './engine.js'
import { freePort } from './free-port.js'
import { until } from './until.js'

const run = promisify(execFile)
/** What Swarm makes on each node, and leaves there. */
const gateway = 'docker_gwbridge'
/** Its own interface, since another engine on this machine may be in a Swarm too; 15 characters at most. */
const bridge = `tggw${process.pid}`

/** Why there can be none; false where there can. */
export async function noSwarm (): Promise<string | false> {
  if (noEngine !== false) return noEngine
  const { Swarm } = await docker.info() as { Swarm?: { LocalNodeState?: string } }
  if (Swarm?.LocalNodeState !== 'inactive') return 'the engine at hand is in a Swarm already, or speaks of none; npm run test:docker prepares one of its own'
  return await command('--version').then(() => false as const, () => 'the command docker is not at hand')
}

/** Docker's command line: stacks are its own doing, and not the engine's. */
export async function command (...args: readonly string[]): Promise<string> {
  return await commandWith({}, ...args)
}

async function commandWith (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('docker', args, { env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DOCKER_HOST: engineAddress, ...environment } })
  return stdout.trim()
}

/** The engine is as it was when the test is over. @returns the address by which containers of its networks reach this machine */
export async function startSwarm (t: Pick<Test, 'teardown'>): Promise<string> {
  const network = await docker.createNetwork({
    Name: gateway,
    Driver: 'bridge',
    Options: { 'com.docker.network.bridge.name': bridge, 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.enable_ip_masquerade': 'true' }
  })
  t.teardown(async () => {
    await docker.swarmLeave({ force: true }).catch(() => {})
    await until('the gateway\'s network is removed', () => network.remove().then(() => true, () => false))
  })
  await docker.swarmInit({ ListenAddr: `127.0.0.1:${await freePort()}`, AdvertiseAddr: '127.0.0.1', DataPathPort: 1024 + process.pid % 40_000 })
  const { IPAM } = await network.inspect() as Docker.NetworkInspectInfo
  return IPAM?.Config?.[0]?.Gateway ?? ''
}

export interface Stack {
  /** Deploys the file, again with other variables where it is deployed. */
  deploy (variables: Readonly<Record<string, string>>): Promise<void>
  /** The containers of a service's tasks that run. */
  running (service: string): Promise<Docker.ContainerInfo[]>
  /** Resolves when its containers have gone. */
  removeService (service: string): Promise<void>
  /** Resolves when nothing of it is left. */
  remove (): Promise<void>
}

/** It is removed when the test is over. */
export function stackOf (t: Pick<Test, 'teardown'>, name: string, file: string): Stack {
  const tasks = async (all: boolean, service?: string): Promise<Docker.ContainerInfo[]> => {
    const label = [`com.docker.stack.namespace=${name}`, ...service === undefined ? [] : [`com.docker.swarm.service.name=${name}_${service}`]]
    return await docker.listContainers({ all, filters: { label } })
  }
  const remove = async (): Promise<void> => {
    await command('stack', 'rm', name)
    await until('the stack\'s containers have gone', async () => (await tasks(true)).length === 0, 60_000)
    await until('the stack\'s networks have gone', async () => (await docker.listNetworks({ filters: { label: [`com.docker.stack.namespace=${name}`] } })).length === 0)
  }
  t.teardown(remove)
  return {
    deploy: async variables => { await commandWith(variables, 'stack', 'deploy', '--resolve-image', 'never', '--compose-file', file, name) },
    running: async service => await tasks(false, service),
    async removeService (service) {
      await command('service', 'rm', `${name}_${service}`)
      await until(`the ${service}s have gone`, async () => (await tasks(true, service)).length === 0)
    },
    remove
  }
}
