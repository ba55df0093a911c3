/** Wires one host: its runtime, its pool, its agent. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { arch, release, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { Agent } from './agent/agent.js'
import { warmOf } from './agent/agent-report.js'
import { systemClock } from './agent/clock.js'
import { Demand } from './agent/demand.js'
import type { AgentEvents } from './agent/events.js'
import { Launcher } from './agent/launcher.js'
import { Full } from './agent/full.js'
import { Pool } from './agent/pool.js'
import { Prewarming } from './agent/prewarming.js'
import { Failure } from './cli/failure.js'
import type { Browsers } from './config/browsers.js'
import { containerOffers } from './config/container-offers.js'
import { browserEnvironment } from './config/environment.js'
import { ConfigError } from './config/error.js'
import { hostNeeds } from './config/host-needs.js'
import { withIsolations } from './config/isolations.js'
import { localOffer } from './config/local-offer.js'
import { installedPlaywrights, playwrightOffers } from './config/playwright.js'
import type { Config } from './config/schema.js'
import type { Ground as ContainerGround } from './runtime/container-options.js'
import { ContextRuntime } from './runtime/context-runtime.js'
import { DockerRuntime } from './runtime/docker.js'
import { connectEngine, isWalledIn, type Engine } from './runtime/engine.js'
import { fenceRules, ownAddresses } from './runtime/fence.js'
import { ProcessRuntime } from './runtime/process.js'
import type { Runtime } from './runtime/runtime.js'
import type { Member } from './router/member.js'
import type { AgentStatus, BrowserOffer } from './protocol/remote-end.js'
import { startupOf } from './router/policies.js'
import { version } from './version.js'
import type { Workspace } from './runtime/workspace.js'

export interface Host {
  readonly agent: Agent
  readonly prewarming: Prewarming
  readonly runtime: Runtime
  /** Whether browsers run in containers. */
  readonly containers: boolean
  /** As the router of this process sees it. */
  readonly member: Member
}

export interface Ground {
  readonly config: Config
  /** What this machine can open as local processes. */
  readonly local: Browsers
  readonly events: AgentEvents
  readonly workspace: Workspace
  readonly log: Logger
}

/** The seccomp profile of containers: Docker's own, and what Chrome's sandbox needs. */
const seccompFile = new URL('../../config/seccomp.json', import.meta.url)

/** Sessions of an earlier life that are still running go on. @throws Failure, ConfigError when there is nothing to serve */
export async function startHost (ground: Ground): Promise<Host> {
  const { config } = ground
  const id = createHash('sha256').update(config.name).digest('hex').slice(0, 8)
  const runtime = await chosenRuntime(ground, id)
  try {
    return await hostOf(ground, { id, runtime })
  } catch (error) {
    await runtime.close()
    throw error
  }
}

async function hostOf ({ config, events }: Ground, { id, runtime: inner }: { readonly id: string, readonly runtime: Runtime }): Promise<Host> {
  const { context } = config
  const runtime = new ContextRuntime(inner, { ...context, age: context.age * 1000 })
  const offers = labelled(runtime.offers, config.grid.labels)
  const { pool: { size, warm, learnedShare, launches, uses, launchTimeout }, session, container } = config
  const clock = systemClock
  const demand = new Demand({ warm, learnedShare })
  const once = inner instanceof DockerRuntime && container.recycle === 'container'
  const pool = new Pool({
    launcher: new Launcher({ runtime, clock, events, launchTimeout, uses: once ? 1 : uses }),
    demand,
    clock,
    size,
    blanks: Math.min(2, size),
    launches,
    moved: (slot, from) => events.emit('moved', slot, from),
    failed: (slot, error) => events.emit('launchFailed', slot, error),
    lost: (slot, reason) => { void agent.lost(slot, reason) }
  })
  const agent: Agent = new Agent({
    id,
    name: config.name,
    version,
    host: { arch: arch() === 'x64' ? 'amd64' : arch(), name: type(), version: release() },
    weight: config.grid.weight,
    offers,
    capacity: size,
    limits: { idle: session.idleTimeout * 1000, lifetime: session.lifetime * 1000 },
    maxIdle: session.maxIdleTimeout * 1000,
    maxMemory: container.maxMemory ?? container.memory ?? Infinity,
    maxCpu: container.maxCpu ?? container.cpu ?? Infinity,
    clock,
    events
  }, pool, (profile, offer) => demand.note(profile, offer))
  runtime.whenBack(() => pool.refill(true))
  await agent.adopt(await runtime.leftovers())
  const prewarming = new Prewarming({ pool, demand, offers, size, events, users: config.users.length === 0 ? [''] : config.users.map(({ name }) => name) })
  return { agent, runtime, containers: inner instanceof DockerRuntime, prewarming, member: memberOf(agent, offers, pool) }
}

/** The whole status takes time, which a choice among few agents need not. */
function memberOf (agent: Agent, offers: readonly BrowserOffer[], pool: Pool): Member {
  const now = (): AgentStatus => agent.status().agents[0]
  const { capacity, weight } = now()
  return {
    id: agent.id,
    end: agent,
    offers,
    capacity,
    get warm () { return warmOf(pool.slots) },
    isWarm: profile => pool.ready(profile) > 0,
    get room () { return agent.room },
    get failing () { return pool.failure !== undefined },
    get leased () { return capacity - agent.room },
    weight,
    get cpu () { return now().cpu },
    get memory () { return now().memory },
    get startup () { return startupOf(now().tally) },
    isElsewhere: error => error instanceof Full,
    hasVanished: () => false // we would be gone with it
  }
}

function labelled<O extends BrowserOffer> (offers: readonly O[], labels: readonly string[]): readonly O[] {
  if (labels.length === 0) return offers
  const pairs = Object.fromEntries(labels.map(label => label.split('=', 2) as [string, string]))
  return offers.map(offer => ({ ...offer, labels: pairs }))
}

async function chosenRuntime (ground: Ground, id: string): Promise<Runtime> {
  const { config } = ground
  if (config.runtime === 'process') return await processes(ground)
  try {
    return await containers(ground, id)
  } catch (error) {
    if (config.runtime === 'docker' || config.container.egress === 'public' || error instanceof ConfigError) throw error
    return await processes(ground, `browsers run as local processes: ${(error as Error).message}`)
  }
}

async function containers ({ config, log }: Ground, agent: string): Promise<Runtime> {
  const { container: { engine: address, memory, cpu, networks, images } } = config
  const engine = await connectEngine(address).catch((error: Error) => { throw new Failure(error.message) })
  if (await isWalledIn(engine)) throw new Failure('tggrid runs in a container that cannot reach those of browsers: start it with --network host')
  const { offers, notes } = await containerOffers(config, engine, text => log.info(text))
  if (offers.length === 0) throw new Failure(notes.join('; ') || 'browsers.json lists no images')
  requireBrowser(config, offers)
  notes.forEach(note => log.warn(note))
  const image = offers.find(({ init }) => init)?.image ?? images[0] ?? ''
  const runtime = new DockerRuntime({ engine, offers: withIsolations(defaultFirst(config, offers), config, 'container'), cpu, networks, ground: { agent, memory, seccomp: engine.podman ? fileURLToPath(seccompFile) : readFileSync(seccompFile, 'utf8'), ...fenceOf(config, engine, image) } })
  await runtime.open().catch((error: Error) => { throw new Failure(error.message) })
  log.info(`browsers run in containers of ${engine.podman ? 'Podman' : 'Docker'} ${engine.version} at ${engine.address}`)
  for (const { browserName, browserVersion, playwright, image } of offers) log.info(`offers ${browserName} ${browserVersion}${playwright === undefined ? '' : ` for Playwright ${playwright}`} (${image})`)
  return runtime
}

/** @param image of ours */
function fenceOf ({ container: { egress, allowed } }: Config, { reachable }: Engine, image: string): Pick<ContainerGround, 'fence'> {
  return egress === 'any' ? {} : { fence: { image, rules: fenceRules(allowed, reachable ? ownAddresses() : []) } }
}

/** @param why not in containers, where that was wanted */
async function processes ({ config, local: { browsers, notes }, workspace, log }: Ground, why?: string): Promise<Runtime> {
  if (browsers.length === 0) throw new Failure(`there is no browser to serve: ${[...notes, ...why === undefined ? [] : [why]].join('; ')}`)
  requireBrowser(config, browsers)
  if (why !== undefined) log.info(why)
  notes.forEach(note => log.warn(note))
  const needs = await hostNeeds(config, browsers)
  needs.notes.forEach(note => log.info(note))
  const playwrights = installedPlaywrights(config.playwright.folder)
  for (const { full } of playwrights) log.info(`offers Playwright ${full}`)
  for (const { browserName, version, binary } of browsers) log.info(`offers ${browserName} ${version} (${binary})`)
  return new ProcessRuntime({
    offers: withIsolations([...defaultFirst(config, browsers.map(browser => localOffer(browser, needs))), ...playwrightOffers(playwrights, browsers, needs)], config, 'process'),
    folder: workspace.folder,
    environment: browserEnvironment()
  })
}

/** Who names no browser gets the first one. */
function defaultFirst<O extends BrowserOffer> ({ pool }: Config, offers: readonly O[]): O[] {
  return [...offers].sort((a, b) => Number(b.browserName === pool.browser) - Number(a.browserName === pool.browser))
}

function requireBrowser ({ pool }: Config, offers: ReadonlyArray<{ readonly browserName: string }>): void {
  const names = [...new Set(offers.map(({ browserName }) => browserName))]
  if (!names.includes(pool.browser)) throw new ConfigError([`pool.browser is ${JSON.stringify(pool.browser)}, which this machine does not have; it has ${names.join(', ')}`])
}
