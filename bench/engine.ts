/** The Docker engine of the suites that need one: TGGRID_TEST_ENGINE's or DOCKER_HOST's; it has to have the image tggrid/chrome. */
import Docker from 'dockerode'
import { agentLabel } from '../src/runtime/container-options.js'

export const engine = process.env['TGGRID_TEST_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock'

export const docker = new Docker({ socketPath: engine.replace('unix://', '') })

/** @param agent its id, with which its sessions' ids begin */
export async function containersOf (agent: string): Promise<Docker.ContainerInfo[]> {
  return await docker.listContainers({ all: true, filters: { label: [`${agentLabel}=${agent}`] } })
}

/** Of these, those that run. */
export async function runningOf (agent: string): Promise<Docker.ContainerInfo[]> {
  return (await containersOf(agent)).filter(({ State }) => State === 'running')
}
