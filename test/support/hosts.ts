/** A grid of several processes: routers and agents, each with its own. */
import type { Test } from 'tap'
import { startProcess, type ProcessGrid } from './process-grid.js'
import type { Settings } from './grid.js'
import { until } from './until.js'
import { call } from './webdriver.js'

export const secret = 'what only this grid knows'

/** An agent as a router believes it to be. */
export interface AgentSeen {
  readonly id: string
  readonly name: string
  readonly availability: string
  readonly leased: number
  readonly capacity: number
  readonly warm: Readonly<Record<string, number>>
  readonly age: number
  readonly failure?: string
}

const onLoopback: Settings = { 'grid.secret': secret, 'grid.host': '127.0.0.1', 'grid.port': 0 }

export async function startRouter (t: Pick<Test, 'teardown'>, settings: Settings = {}, within: readonly string[] = []): Promise<ProcessGrid & { readonly gridAddress: string }> {
  const router = await startProcess(t, { ...onLoopback, role: 'router', 'session.grace': 0, ...settings }, within)
  return { ...router, gridAddress: router.urls['Agents']?.split(' ').at(-1) ?? '' }
}

/** @param join grid addresses of routers */
export async function startAgent (t: Pick<Test, 'teardown'>, join: readonly string[], settings: Settings = {}, within: readonly string[] = []): Promise<ProcessGrid & { readonly address: string }> {
  const agent = await startProcess(t, { ...onLoopback, role: 'agent', 'grid.join': join, 'session.grace': 0, 'pool.size': 2, 'pool.warm': 1, ...settings }, within)
  return { ...agent, address: agent.urls['Agent'] ?? '' }
}

export async function agentsOf (hub: string): Promise<readonly AgentSeen[]> {
  return (await call<{ agents: AgentSeen[] }>(`GET ${hub}/api/agents`)).body.agents
}

/** Resolves when so many agents are up, each with a warm browser. */
export async function warm (hub: string, count: number): Promise<void> {
  await until(`${count} agents are warm`, async () => (await agentsOf(hub)).filter(({ availability, warm }) => availability === 'UP' && Object.values(warm).some(count => count > 0)).length === count, 60_000)
}

/** The agent that a session's id names. */
export async function agentOf (hub: string, session: string): Promise<string> {
  return (await agentsOf(hub)).find(({ id }) => session.startsWith(id))?.name ?? 'unknown'
}
