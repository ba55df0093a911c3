/** Which agent gets a session: pure functions over what a router believes of its agents. */

import type { Tally } from '../protocol/remote-end.js'

/** What a policy chooses by. A hint, never a reservation: only an agent decides about its slots. */
export interface Load {
  readonly id: string
  /** Sessions there, and those that are on their way. */
  readonly leased: number
  readonly capacity: number
  /** Its share of sessions beside others', by round-robin. */
  readonly weight: number
  /** Parts in use, 0 to 1. */
  readonly cpu: number
  readonly memory: number
  /** From request to open session, on the average of all that it has opened; in milliseconds. 0 before the first. */
  readonly startup: number
}

/**
 * Picks one of the agents that are up, match and have room. The list is never empty.
 * @param of how many such there are, where the list is a random sample of them
 */
export type Policy = <A extends Load>(agents: readonly A[], of?: number) => A

export type PolicyName = 'round-robin' | 'least-connections' | 'resource-based'

export interface PolicyOptions {
  /** Other routers place sessions too, and none of them knows of the others' latest: how many routers there are. */
  readonly routers: () => number
  /** At least 0, below 1; `Math.random` unless given. */
  readonly random?: () => number
}

export function policyOf (name: PolicyName, options: PolicyOptions): Policy {
  switch (name) {
    case 'round-robin': return byTurns()
    case 'least-connections': return cheapest(occupancy, options)
    case 'resource-based': return cheapest(pressure, options)
  }
}

/** How many of very many agents a policy needs to see: all, where each is to get exactly its share. */
export function looksAt (name: PolicyName): number {
  return name === 'round-robin' ? Infinity : 32
}

export interface Draw<A> {
  /** How often it is drawn. */
  readonly count: number
  /** At least 0, below 1. */
  readonly random: () => number
  /** Others are drawn in vain. */
  readonly fits: (one: A) => boolean
}

/** Some of a list, at random and with repetitions. */
export function draw<A> (from: readonly A[], { count, random, fits }: Draw<A>): A[] {
  const drawn: A[] = []
  for (let left = from.length === 0 ? 0 : count; left > 0; left--) {
    const one = from[Math.floor(random() * from.length)] as A
    if (fits(one)) drawn.push(one)
  }
  return drawn
}

/** Fills one agent before the next, in the order of their ids. */
export const fillFirst: Policy = agents => agents.reduce((first, agent) => agent.id < first.id ? agent : first)

/** From request to open session, on the average; in milliseconds. */
export function startupOf ({ hits, misses, startup }: Tally): number {
  return startup / Math.max(1, hits + misses)
}

/** The part of an agent's capacity that is in use. */
export function occupancy ({ leased, capacity }: Load): number {
  return leased / Math.max(1, capacity)
}

/** Whatever is scarcest; and an agent that takes 10 s to open a session counts twice what it would else. */
export function pressure (agent: Load): number {
  return Math.max(agent.cpu, agent.memory, occupancy(agent)) * (1 + agent.startup / 10_000)
}

/** A warm agent is left for another one when it is this much fuller, in parts of capacity. */
export const muchFuller = 0.25

/**
 * Those who have the session open already, unless all are much fuller than the emptiest of the others: waiting for a launch beside idle
 * processors is shorter than one more session on a busy machine. Others when nobody is left.
 */
export function preferWarm<A extends Load> (others: readonly A[], warm: readonly A[]): readonly A[] {
  if (warm.length === 0) return others
  let emptiest = Infinity
  for (const agents of [others, warm]) for (const agent of agents) emptiest = Math.min(emptiest, occupancy(agent))
  const preferred = warm.filter(agent => occupancy(agent) <= emptiest + muchFuller)
  return preferred.length === warm.length ? warm : preferred.length > 0 ? preferred : others
}

/**
 * Each by its weight, exactly and evenly spread: whoever is due first, and then again after a time that is the shorter the greater its weight
 * (stride scheduling: C. Waldspurger, W. Weihl, 1995). Who was not to be had for a while does not make up for it.
 */
function byTurns (): Policy {
  const due = new Map<string, number>()
  let now = 0
  return agents => {
    let chosen = agents[0] as typeof agents[number]
    let first = Infinity
    for (const agent of agents) {
      let at = due.get(agent.id)
      if (at === undefined) due.set(agent.id, at = now + 1 / agent.weight)
      if (at >= first) continue
      chosen = agent
      first = at
    }
    now = Math.max(now, first)
    due.set(chosen.id, now + 1 / chosen.weight)
    return chosen
  }
}

/**
 * The cheapest of all, where one router places. Several would all run to the same one before they hear of each other (a herd): then the
 * cheapest of a random sample, which is the smaller the more routers there are, and never below two
 * (M. Mitzenmacher, "How useful is old information?", 2000).
 */
function cheapest (cost: (agent: Load) => number, { routers, random = Math.random }: PolicyOptions): Policy {
  return (agents, of = agents.length) => {
    const any = (): number => Math.floor(random() * agents.length)
    if (routers() > 1) return least(agents, cost, { count: Math.min(agents.length, Math.max(2, Math.ceil(of / routers() / 4))), at: any })
    const start = any() // equals take turns at random
    return least(agents, cost, { count: agents.length, at: i => (start + i) % agents.length })
  }
}

interface Sample {
  readonly count: number
  /** Which agent is looked at next. */
  readonly at: (turn: number) => number
}

function least<A extends Load> (agents: readonly A[], cost: (agent: Load) => number, { count, at }: Sample): A {
  let best = agents[at(0)] as A
  let lowest = cost(best)
  for (let turn = 1; turn < count; turn++) {
    const agent = agents[at(turn)] as A
    const price = cost(agent)
    if (price >= lowest) continue
    best = agent
    lowest = price
  }
  return best
}
