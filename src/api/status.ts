/** `GET /status` in the shape of Selenium Grid, which its users' scripts and dashboards read. */
import { arch, release, type } from 'node:os'
import { playwrightCapability } from '../protocol/playwright.js'
import type { AgentStatus, SlotStatus, Status } from '../protocol/remote-end.js'

export interface Viewer {
  readonly version: string
  /** Whose sessions are shown; of others' only that a slot is in use. */
  readonly user: string
}

export function gridStatus (status: Status, viewer: Viewer): object {
  return {
    value: {
      ready: status.ready,
      message: [status.ready ? 'Selenium Grid ready.' : 'Selenium Grid not ready.', status.message].join(' ').trim(),
      nodes: status.agents.map(agent => node(agent, viewer))
    }
  }
}

function node (agent: AgentStatus, viewer: Viewer): object {
  return {
    id: agent.id,
    uri: '',
    maxSessions: agent.capacity,
    sessionTimeout: agent.sessionTimeout,
    osInfo: { arch: arch() === 'x64' ? 'amd64' : arch(), name: type(), version: release() },
    heartbeatPeriod: 1000,
    availability: agent.availability,
    version: viewer.version,
    slots: agent.slots.map(slot => gridSlot(agent, slot, viewer))
  }
}

function gridSlot (agent: AgentStatus, { id, browser: { playwright, ...browser }, lastStarted, session, state }: SlotStatus, { user }: Viewer): object {
  const stereotype = playwright === undefined ? browser : { ...browser, [playwrightCapability]: playwright }
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
