/** The Docker engine: where it is, and what it says when it does not do what it is asked. */
import { hostname } from 'node:os'
import type Docker from 'dockerode'
import { within } from '../waits.js'

export interface Engine {
  readonly docker: Docker
  /** For people: its socket or URL. */
  readonly address: string
  /** Such as `28.2.2`. */
  readonly version: string
  /** Whether it is Podman's service, which speaks Docker's API with an accent. */
  readonly podman: boolean
  /** Whether the addresses of containers can be reached from here; where not (Docker Desktop), ports are published. */
  readonly reachable: boolean
  /** Whether containers outlive a restart of the engine. */
  readonly liveRestore: boolean
}

/** How long an engine may take for its first answer, in milliseconds. */
const patience = 5000
/** Of Docker's API: what is asked of it is in none before (Docker 19.03). */
const oldest = '1.40'

/** @param address such as `unix:///var/run/docker.sock` or `tcp://10.0.0.7:2375` @throws Error that says what is wrong and what to do */
export async function connectEngine (address: string): Promise<Engine> {
  const { default: Dockerode } = await import('dockerode') // a quarter of what a grid loads, and local processes need none of it
  const docker = new Dockerode(optionsOf(address))
  try {
    const [{ Version, ApiVersion, Components = [] }, { OperatingSystem, LiveRestoreEnabled }] = await within(patience, Promise.all([docker.version(), docker.info()])) as [EngineVersion, { OperatingSystem: string, LiveRestoreEnabled?: boolean }]
    if (ApiVersion.localeCompare(oldest, 'en', { numeric: true }) < 0) throw new TooOld(`is too old: Docker ${Version} speaks version ${ApiVersion} of its API, and ${oldest} is needed (Docker 19.03)`)
    const podman = Components.some(({ Name }) => Name === 'Podman Engine')
    return { docker, address, version: Version, podman, reachable: process.platform === 'linux' && OperatingSystem !== 'Docker Desktop' && !address.startsWith('tcp:'), liveRestore: LiveRestoreEnabled === true }
  } catch (error) {
    throw new Error(`the Docker engine at ${address} ${whatIsWrong(error as NodeJS.ErrnoException)}`, { cause: error })
  }
}

/**
 * Whether we run in a container of this engine with a network of its own: from there no browser's container can be reached, since containers
 * do not reach each other. A container's host name is its id, unless it shares the host's.
 */
export async function isWalledIn ({ docker }: Engine): Promise<boolean> {
  try {
    const { HostConfig } = await docker.getContainer(hostname()).inspect()
    return HostConfig.NetworkMode !== 'host'
  } catch {
    return false
  }
}

function optionsOf (address: string): Docker.DockerOptions {
  if (address.startsWith('unix://')) return { socketPath: address.slice('unix://'.length) }
  if (!URL.canParse(address)) return { socketPath: address }
  const { hostname, port } = new URL(address)
  return { protocol: 'http', host: hostname, port: Number(port || 2375) }
}

interface EngineVersion {
  readonly Version: string
  readonly ApiVersion: string
  readonly Components?: ReadonlyArray<{ readonly Name: string }>
}

class TooOld extends Error {}

function whatIsWrong (error: NodeJS.ErrnoException & { statusCode?: number }): string {
  if (error instanceof TooOld) return error.message
  switch (error.code) {
    case 'ENOENT': return 'is not there: there is no such socket; start it, or name another one (container.engine)'
    case 'EACCES': return 'may not be used by this user; add it to the group docker, or run as root'
    case 'ECONNREFUSED': return 'does not run: nobody listens; start it (systemctl start docker)'
    default: return error.statusCode === undefined ? `cannot be reached: ${error.message}` : `answered ${error.statusCode}: ${error.message}`
  }
}

/** Whether an engine has said no; otherwise it did not answer. */
export function isAnswer (error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode !== undefined
}

/** Whether an engine says that there is no such thing (any more). */
export function isMissing (error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404
}

/** An engine may quote all that it was told. */
const longestWords = 1000

/** The engine's own words, without what the HTTP library puts before them. */
export function engineWords (error: unknown): string {
  const { json, message, code, syscall } = error as NodeJS.ErrnoException & { json?: { message?: string } }
  if (syscall === 'connect' || code === 'ECONNRESET' || code === 'EPIPE') return `the Docker engine does not answer (${code})`
  return (json?.message ?? message).slice(0, longestWords)
}
