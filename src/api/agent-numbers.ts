/** What each agent says of itself, as Prometheus reads it at its router: read when it is asked for. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { AgentStatus, SlotState } from '../protocol/remote-end.js'

const shown: readonly SlotState[] = ['starting', 'blank', 'warm', 'leased', 'recycling']

/** Adds them to a registry. They are an agent's own: all its routers say the same, and they begin anew when it does. */
export function addAgentNumbers (registry: Registry, agents: () => readonly AgentStatus[]): void {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (agent: AgentStatus) => number): void => {
    const gauge: Gauge = new Gauge({ name, help, labelNames: ['agent'], registers, collect: () => fill(gauge, agent => gauge.set({ agent: agent.name }, value(agent))) })
  }
  const fill = (metric: Gauge | Counter, one: (agent: AgentStatus) => void): void => {
    metric.reset() // who has left is not said any more
    agents().forEach(one)
  }
  gauge('tggrid_agent_up', 'Whether new sessions may begin there', ({ availability }) => Number(availability === 'UP'))
  gauge('tggrid_agent_capacity', 'Most sessions at once', ({ capacity }) => capacity)
  gauge('tggrid_agent_cpu', 'Load of the last minute for each processor, at most 1', ({ cpu }) => cpu)
  gauge('tggrid_agent_memory', 'Part of the memory in use', ({ memory }) => memory)
  gauge('tggrid_agent_age_seconds', 'How old all this is', ({ age = 0 }) => age / 1000)
  const slots: Gauge = new Gauge({
    name: 'tggrid_agent_slots',
    help: 'Slots by agent and state',
    labelNames: ['agent', 'state'],
    registers,
    collect: () => fill(slots, ({ name, states }) => shown.forEach(state => slots.set({ agent: name, state }, states[state])))
  })
  const sessions: Counter = new Counter({
    name: 'tggrid_agent_sessions_total',
    help: 'Sessions since the agent\'s start, by whether they were open before they were asked for',
    labelNames: ['agent', 'pool'],
    registers,
    collect: () => fill(sessions, ({ name, tally }) => {
      sessions.inc({ agent: name, pool: 'hit' }, tally.hits)
      sessions.inc({ agent: name, pool: 'miss' }, tally.misses)
    })
  })
}
