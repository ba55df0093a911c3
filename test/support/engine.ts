/** The Docker engine that tests may use, and grids whose browsers run in its containers. */
import { text } from 'node:stream/consumers'
import Docker from 'dockerode'
import type { Test } from 'tap'
import { routeOf } from '../../src/protocol/session-id.js'
import { agentLabel } from '../../src/runtime/container-options.js'
import { startGrid, type Settings, type TestGrid } from './grid.js'
import { until } from './until.js'

/** Where it listens, as the runner of the tests says (config/test.js); undefined where there is none. */
export const engineAddress = process.env['TGGRID_TEST_ENGINE']

/** Why tests with containers are skipped; false when they are not. */
export const noEngine = engineAddress === undefined && 'no Docker engine is at hand; npm run test:docker prepares one'

/** Why tests with this image are skipped; false when they are not. Only the images of tggrid and Chrome are built for every run. */
export async function noImage (image: string): Promise<string | false> {
  if (noEngine !== false) return noEngine
  const there = await docker.getImage(image).inspect().then(() => true, () => false)
  return !there && `the image ${image} is not at hand; npm run test:docker -- --images ${image.split('/').at(-1)} builds it`
}

export const docker = new Docker({ socketPath: (engineAddress ?? '').replace('unix://', '') })

let names = 0

/** A name by which a grid's containers are known, unlike any other's. */
export function newName (): string {
  return `test-${process.pid}-${++names}`
}

export function containerSettings (settings: Settings = {}): Settings {
  return { runtime: 'docker', name: newName(), 'container.engine': engineAddress ?? '', ...settings }
}

/** A grid in the test's process whose browsers run in containers. Nothing of it is left when the test is over. */
export async function startDockerGrid (t: Test, settings: Settings = {}): Promise<TestGrid> {
  const before = await leftOf()
  const grid = await startGrid(t, containerSettings(settings))
  t.teardown(async () => {
    await grid.stop()
    const after = await leftOf()
    const left = after.filter(name => !before.includes(name))
    if (left.length > 0) throw new Error(`left behind in the engine: ${left.join(', ')}`)
  })
  return grid
}

/** Containers and networks of tggrid's, by name. */
export async function leftOf (): Promise<string[]> {
  const filters = { label: [agentLabel] }
  const [containers, networks] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listNetworks({ filters })])
  return [...containers.map(({ Names }) => Names[0] ?? ''), ...networks.map(({ Name }) => Name)]
}

/** The agent's id, which its sessions' ids begin with. */
export function agentOf ({ id }: { readonly id: string }): string {
  return routeOf(id)
}

/** Containers of one grid, by its agent's id. */
export async function containersOf (agent: string): Promise<Docker.ContainerInfo[]> {
  return await docker.listContainers({ all: true, filters: { label: [`${agentLabel}=${agent}`] } })
}

/** What a command in a container says. @param user by name or number; the container's own when empty */
export async function execAs (container: Docker.Container, user: string, ...command: string[]): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    const exec = await container.exec({ Cmd: ['sh', '-c', `"$@"; echo ${over}`, 'sh', ...command], User: user, AttachStdout: true, AttachStderr: true, Tty: true })
    const said = await text(await exec.start({ Tty: true }))
    const end = said.lastIndexOf(over)
    if (end >= 0) return said.slice(0, end)
    if (attempt === mostAttempts) return said
  }
}

/** Behind what a command says: an engine under load may lose all of it, and then it is run again. */
const over = 'that-is-all'
const mostAttempts = 2

/** The same by the container's own user. */
export async function execIn (id: string, ...command: string[]): Promise<string> {
  return await execAs(docker.getContainer(id), '', ...command)
}

/** The container of a session, found by its address. */
export async function containerOfSession (agent: string, address: string): Promise<Docker.ContainerInfo> {
  const all = await containersOf(agent)
  const one = all.find(({ NetworkSettings }) => Object.values(NetworkSettings.Networks).some(({ IPAddress }) => IPAddress === address))
  if (one === undefined) throw new Error(`no container has the address ${address}`)
  return one
}

/** Resolves when an agent has no containers. */
export async function noneLeft (agent: string): Promise<void> {
  await until(`agent ${agent} has no containers`, async () => (await containersOf(agent)).length === 0)
}
