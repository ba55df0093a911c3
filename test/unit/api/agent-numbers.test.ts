import { Registry } from 'prom-client'
import t from 'tap'
import { addAgentNumbers } from '../../../src/api/agent-numbers.js'
import type { AgentStatus } from '../../../src/protocol/remote-end.js'
import { agentStatus } from '../../support/agent-status.js'

const agent = (name: string, about: Partial<AgentStatus> = {}): AgentStatus => agentStatus(name, {
  capacity: 4,
  leased: 1,
  states: { starting: 0, blank: 1, warm: 2, leased: 1, recycling: 0, dead: 0 },
  cpu: 0.25,
  memory: 0.5,
  tally: { created: 9, reused: 3, hits: 5, misses: 2, startup: 70 },
  age: 1500,
  ...about
})

async function numbersOf (agents: readonly AgentStatus[]): Promise<string> {
  const registry = new Registry()
  addAgentNumbers(registry, () => agents)
  return await registry.metrics()
}

t.test('each agent has its numbers, under its name', async t => {
  const text = await numbersOf([agent('a1'), agent('a2', { availability: 'DRAINING', capacity: 8 })])
  for (const line of [
    'tggrid_agent_up{agent="a1"} 1', 'tggrid_agent_up{agent="a2"} 0', 'tggrid_agent_capacity{agent="a2"} 8', 'tggrid_agent_cpu{agent="a1"} 0.25', 'tggrid_agent_memory{agent="a1"} 0.5',
    'tggrid_agent_age_seconds{agent="a1"} 1.5', 'tggrid_agent_slots{agent="a1",state="warm"} 2', 'tggrid_agent_sessions_total{agent="a1",pool="hit"} 5', 'tggrid_agent_sessions_total{agent="a1",pool="miss"} 2'
  ]) t.ok(text.split('\n').includes(line), line)
})

t.test('who has left is not said any more, and nothing is counted twice', async t => {
  const agents = [agent('a1'), agent('a2')]
  const registry = new Registry()
  addAgentNumbers(registry, () => agents)
  t.match(await registry.metrics(), /agent="a2"/)
  agents.pop()
  const again = await registry.metrics()
  t.notMatch(again, /agent="a2"/)
  t.match(again, /tggrid_agent_sessions_total\{agent="a1",pool="hit"\} 5\n/)
})
