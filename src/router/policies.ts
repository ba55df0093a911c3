/** Which agent gets a session: pure functions over what a router believes of its agents. */

/** What a policy chooses by. A hint, never a reservation: only an agent decides about its slots. */
export interface Load {
  readonly leased: number
  readonly capacity: number
  /** Parts in use, 0 to 1. */
  readonly cpu: number
  readonly memory: number
}

/** Picks one of the agents that are up, match and have room. The list is never empty. */
export type Policy = <A extends Load>(agents: readonly A[]) => A | undefined

export const policies = {
  'round-robin': () => { let turn = 0; return agents => agents[turn++ % agents.length] },
  'least-connections': () => cheapest(agent => agent.leased / agent.capacity),
  'resource-based': () => cheapest(agent => Math.max(agent.cpu, agent.memory, agent.leased / agent.capacity))
} satisfies Record<string, () => Policy>

export type PolicyName = keyof typeof policies

function cheapest (cost: (agent: Load) => number): Policy {
  return agents => agents.reduce((best, agent) => cost(agent) < cost(best) ? agent : best)
}
