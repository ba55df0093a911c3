/** How evenly a policy fills agents when what routers know is old: a simulation of choices alone, by the real policies. */
import { policyOf, type Load, type PolicyName } from '../../src/router/policies.js'

export interface Skewed {
  readonly algorithm: PolicyName
  readonly routers: number
  /** How old each router's view of the others' sessions is, in milliseconds. */
  readonly age: number
}

const agents = 100
const capacity = 100
/** Sessions that are opened in each simulated second, by all routers together; each lives for 5 s. */
const rate = 1000
const life = 5000
const seconds = 20

/** @returns the fullest agent's sessions, in those of the mean one; the worst of all moments after the first 10 s, sampled each 100 ms */
export function skewOf ({ algorithm, routers, age }: Skewed): number {
  const truth = new Float64Array(agents)
  const views = Array.from({ length: routers }, () => Array.from({ length: agents }, (_, i): Mutable => ({ id: String(i), leased: 0, capacity, weight: 1, cpu: 0, memory: 0, startup: 0 })))
  const choose = views.map(() => policyOf(algorithm, { routers: () => routers }))
  const ends: { readonly at: number, readonly agent: number }[] = []
  let worst = 1
  for (let at = 0, next = 0; at < seconds * 1000; at++) {
    for (; ends[next] !== undefined && (ends[next]?.at ?? 0) <= at; next++) truth[ends[next]?.agent ?? 0] = (truth[ends[next]?.agent ?? 0] ?? 0) - 1
    if (age === 0 || at % age === 0) for (const view of views) view.forEach((agent, i) => { agent.leased = truth[i] ?? 0 })
    for (let i = 0; i < rate / 1000; i++) {
      const router = (at + i) % routers
      const agent = choose[router]?.(views[router] ?? []) as Mutable
      truth[Number(agent.id)] = (truth[Number(agent.id)] ?? 0) + 1
      agent.leased++ // what a router has done itself it knows at once
      ends.push({ at: at + life, agent: Number(agent.id) })
    }
    if (at > 10_000 && at % 100 === 0) worst = Math.max(worst, Math.max(...truth) / (truth.reduce((sum, one) => sum + one, 0) / agents))
  }
  return worst
}

type Mutable = { -readonly [K in keyof Load]: Load[K] }
