/** What a browser's container may do and have: Docker's `POST /containers/create`, from an offer. Pure. */
import type { ContainerCreateOptions } from 'dockerode'
import type { HostNeeds } from '../protocol/host-needs.js'
import type { BrowserOffer } from '../protocol/remote-end.js'

/** A browser in an image. */
export interface ContainerOffer extends BrowserOffer {
  readonly image: string
  /** Whether the image has our init: its containers can be cleaned, and outlive their agent. Others are used once. */
  readonly init: boolean
  /** What is run; absent for the image's own command. In an image of ours it begins with the init's options. */
  readonly command?: readonly string[]
  /** How it is run where sessions share its browser; absent where they cannot. */
  readonly shared?: SharedSettings
  /** The driver's port in the container, and what its paths begin with. */
  readonly port: number
  readonly base: string
  /** The port of its display in the container, where it has one. */
  readonly vncPort?: number
  readonly settings: ContainerSettings
  readonly needs: HostNeeds
}

export interface SharedSettings {
  readonly command: readonly string[]
  /** For all sessions of the browser, in MB; undefined is as for one. */
  readonly memory: number | undefined
}

/** Of browsers.json (Selenoid's keys). */
export interface ContainerSettings {
  readonly env: readonly string[]
  /** `name:address`. */
  readonly hosts: readonly string[]
  readonly volumes: readonly string[]
  readonly tmpfs: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly sysctl: Readonly<Record<string, string>>
  /** In bytes. */
  readonly shmSize: number | undefined
  /** In MB, and cores: instead of the configuration's. */
  readonly memory: number | undefined
  readonly cpu: number | undefined
}

/** What all containers of an agent have in common. */
export interface Ground {
  /** The agent's 8 hex digits. */
  readonly agent: string
  readonly network: string
  /** The seccomp profile: JSON text for Docker, a file's path for Podman; empty for the engine's own. */
  readonly seccomp: string
  /** In MB; null is without limit. */
  readonly memory: number | null
  /** Whether ports are published on 127.0.0.1, where the containers' addresses cannot be reached. */
  readonly publish: boolean
  /** Whether the engine is Podman. */
  readonly podman?: boolean
  /** Whether containers outlive a restart of the engine. */
  readonly liveRestore?: boolean
  /** Absent where containers may reach whatever their network leads to. */
  readonly fence?: Fence
}

/** How the way to the host and to private addresses is closed. */
export interface Fence {
  /** Of ours: the helper that does it runs in it. */
  readonly image: string
  /** For `nft -f`. */
  readonly rules: string
}

/** On every container of ours: the agent that it belongs to. */
export const agentLabel = 'tggrid.agent'
/** Which offer it is of. */
export const offerLabel = 'tggrid.offer'

/** On those whose browser is shared by several sessions. */
export const sharedLabel = 'tggrid.shared'

/** As which a container was made, when that was a session's wish: JSON. */
export const placeLabel = 'tggrid.place'

/** Where the init passes DevTools on; Chrome itself listens on its own loopback only. */
export const devtoolsPort = 9222

/** Where Playwright's own server listens; or Chrome's driver, where another one that shares a browser has the driver's port. */
export const playwrightPort = 4445

/** In a browser image: all that is written goes there. */
export const home = '/home/browser'

/** A container whose agent is not heard of for so long ends by itself; in seconds. */
export const orphanTimeout = 600

const mib = 2 ** 20
/** Processes and threads; a heavy page has some 300. */
const mostProcesses = 2048
const openFiles = 8192
/** Of /tmp and of the home each, in MB; it counts as memory of the container. */
const writable = 512
const sharedMemory = 512

export function containerOptions (offer: ContainerOffer, ground: Ground): ContainerCreateOptions {
  const { image, command, port, vncPort = port, settings, init, place = {} } = offer
  const memory = settings.memory ?? ground.memory
  const ports = Object.fromEntries([port, vncPort, devtoolsPort, playwrightPort].map(number => [`${number}/tcp`, {}]))
  return {
    Image: image,
    ...command === undefined ? {} : { Cmd: init ? ['--orphan', String(orphanTimeout), ...command] : [...command] },
    Env: [...settings.env, ...place.env ?? []],
    ...place.hostname === undefined ? {} : { Hostname: place.hostname },
    Labels: { ...place.labels, ...settings.labels, [agentLabel]: ground.agent, [offerLabel]: offerKey(offer), ...offer.place === undefined ? {} : { [placeLabel]: JSON.stringify(place) } },
    OpenStdin: init,
    StdinOnce: false,
    Healthcheck: { Test: ['NONE'] }, // we watch it ourselves, and a process in it that is not its own would be taken for a trace
    ExposedPorts: ports,
    HostConfig: {
      ...init ? hardened : ground.fence === undefined ? {} : { CapDrop: pastTheFence },
      SecurityOpt: ['no-new-privileges', ...ground.seccomp === '' ? [] : [`seccomp=${ground.seccomp}`]],
      Tmpfs: { ...init ? ownTmpfs(ground.podman === true) : {}, ...settings.tmpfs },
      Binds: [...settings.volumes],
      ExtraHosts: [...settings.hosts, ...place.hosts ?? []],
      ...place.dns === undefined ? {} : { Dns: [...place.dns] },
      Sysctls: { ...settings.sysctl },
      ShmSize: settings.shmSize ?? sharedMemory * mib,
      ...memory === null ? {} : { Memory: memory * mib, MemorySwap: memory * mib },
      PidsLimit: mostProcesses,
      Ulimits: [{ Name: 'nofile', Soft: openFiles, Hard: openFiles }, { Name: 'core', Soft: 0, Hard: 0 }, ...ground.podman === true ? [podmansProcesses] : []],
      NetworkMode: ground.network,
      // What a client leaves behind is in memory: a log would be on the host's disk.
      LogConfig: { Type: 'none', Config: {} },
      AutoRemove: ground.liveRestore !== true, // Docker 20.10 kills at its own restart what it is to remove by itself
      IpcMode: 'private',
      ...ground.publish ? { PortBindings: Object.fromEntries(Object.keys(ports).map(name => [name, [{ HostIp: '127.0.0.1', HostPort: '' }]])) } : {}
    }
  }
}

const hardened = { ReadonlyRootfs: true, CapDrop: ['ALL'] }

/** What Docker gives to foreign containers and lets its holder send packets that no rule sees. */
const pastTheFence = ['NET_RAW', 'NET_ADMIN']

/** Of the containers' user in all of them. Podman raises it to the most there is unless it is told, for which not every root has the right. */
const podmansProcesses = { Name: 'nproc', Soft: 32_768, Hard: 32_768 }

/** Podman knows no owner of a tmpfs, and gives it to root. */
const ownTmpfs = (podman: boolean): Record<string, string> => ({
  '/tmp': `rw,nosuid,nodev,noexec,size=${writable}m,mode=1777`,
  [home]: `rw,nosuid,nodev,noexec,size=${writable}m,${podman ? 'mode=1777' : 'uid=1000,gid=1000,mode=700'}`
})

/** The same as its sessions share it. */
export function sharedOffer (offer: ContainerOffer): ContainerOffer {
  const { shared, settings } = offer
  if (shared === undefined) throw new Error(`${offer.image} has no driver that shares a browser`)
  return { ...offer, command: shared.command, settings: { ...settings, labels: { ...settings.labels, [sharedLabel]: '' }, memory: shared.memory ?? settings.memory } }
}

/** Equal for equal offers, as a label tells it. */
export function offerKey ({ browserName, browserVersion, playwright = '', image }: ContainerOffer): string {
  return [browserName, browserVersion, playwright, image].join(' ')
}
