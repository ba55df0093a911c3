/** Prints what happens in an agent: a closed list of lines. */
import type { FastifyBaseLogger } from 'fastify'
import type { AgentEvents } from './agent/events.js'

export function logEvents (events: AgentEvents, log: FastifyBaseLogger): void {
  events.on('sessionStarted', ({ id, user, browserName, browserVersion, poolHit, startupTime, isolation, isolationReason }) => {
    later(() => log.info({ session: id, user, browserName, browserVersion, isolation, ...isolationReason === undefined ? {} : { isolationReason }, poolHit, ms: Math.round(startupTime * 10) / 10 }, 'session started'))
  })
  events.on('sessionAdopted', ({ id, user }) => log.info({ session: id, user }, 'session goes on'))
  events.on('sessionEnded', ({ id, user }, reason) => later(() => log.info({ session: id, user, reason }, 'session ended')))
  events.on('draining', whether => log.info(whether ? 'no new sessions from now on' : 'new sessions again'))
  events.on('launched', (slot, _profile, ms) => log.debug({ slot: slot.id, ms: Math.round(ms) }, 'browser opened'))
  events.on('recycled', (slot, ms) => log.debug({ slot: slot.id, ms: Math.round(ms) }, 'slot clean again'))
  events.on('launchFailed', (slot, error) => log.warn({ slot: slot.id, why: error.message }, 'browser did not come up'))
  events.on('uncleaned', (slot, error) => log.warn({ slot: slot.id, why: error.message }, 'slot could not be cleaned and is thrown away'))
}

/** In the next turn of the event loop: a session's client is answered first. */
function later (write: () => void): void {
  setImmediate(write)
}
