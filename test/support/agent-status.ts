/** What an agent says of itself, where a test makes it up. */
import type { AgentStatus } from '../../src/protocol/remote-end.js'

/** @param about what the test is about; the rest is of an agent with one browser, which is open */
export function agentStatus (name: string, about: Partial<AgentStatus> = {}): AgentStatus {
  return {
    id: name,
    name,
    version: '0',
    host: { arch: 'amd64', name: 'Linux', version: '6' },
    availability: 'UP',
    capacity: 1,
    weight: 1,
    leased: 0,
    states: { starting: 0, blank: 0, warm: 1, leased: 0, recycling: 0, dead: 0 },
    warm: {},
    cpu: 0,
    memory: 0,
    sessionTimeout: 1000,
    browsers: [],
    devtools: {},
    tally: { created: 1, reused: 0, hits: 0, misses: 0, startup: 0 },
    ...about
  }
}
