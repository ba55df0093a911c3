/** `GET /status` in the shape of Selenium Grid, which its users' scripts and dashboards read. */
import { playwrightCapability } from '../protocol/playwright.js'
import type { AgentSlots, AgentStatus, SlotStatus, Status } from '../protocol/remote-end.js'

export interface Viewer {
  /** Whose sessions are shown; of others' only that a slot is in use. */
  readonly user: string
}

export function gridStatus (status: Status, slots: readonly AgentSlots[], viewer: Viewer): object {
  const slotsOf = new Map(slots.map(({ agent, slots }) => [agent, slots]))
  return {
    value: {
      ready: status.ready,
      message: [status.ready ? 'Selenium Grid ready.' : 'Selenium Grid not ready.', status.message].join(' ').trim(),
      nodes: status.agents.map(agent => node(agent, slotsOf.get(agent.id) ?? [], viewer))
    }
  }
}

function node (agent: AgentStatus, slots: readonly SlotStatus[], viewer: Viewer): object {
  const { id, address, capacity, sessionTimeout, host, availability, version } = agent
  return {
    id,
    uri: address === undefined ? '' : `http://${address}`,
    maxSessions: capacity,
    sessionTimeout,
    osInfo: host,
    heartbeatPeriod: 1000,
    availability,
    version,
    slots: slots.map(slot => gridSlot(agent, slot, viewer)),
    ...beliefs(agent)
  }
}

/** What Selenium's nodes do not tell: what this router chooses by, and how old it is. */
function beliefs ({ name, leased, weight, cpu, memory, warm, age, failure, browsers }: AgentStatus): object {
  return {
    name,
    leased,
    weight,
    cpu: round(cpu),
    memory: round(memory),
    warm: Object.values(warm).reduce((sum, count) => sum + count, 0),
    labels: browsers[0]?.labels ?? {},
    ageMs: Math.round(age ?? 0),
    ...failure === undefined ? {} : { failure }
  }
}

function round (part: number): number {
  return Math.round(part * 1000) / 1000
}

function gridSlot (agent: AgentStatus, { id, browser, lastStarted, session, state }: SlotStatus, { user }: Viewer): object {
  const { browserName, browserVersion, platformName, playwright } = browser
  const stereotype = { browserName, browserVersion, platformName, ...playwright === undefined ? {} : { [playwrightCapability]: playwright } }
  return {
    id: { hostId: agent.id, id },
    lastStarted: (lastStarted ?? new Date(0)).toISOString(),
    stereotype,
    state,
    session: session === null || session.user !== user
      ? null
      : { sessionId: session.id, capabilities: session.capabilities, start: session.createdAt.toISOString(), stereotype, uri: '' }
  }
}
