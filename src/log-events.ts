/** Prints what happens in an agent: a closed list of lines. */
import type { FastifyBaseLogger } from 'fastify'
import type { AgentEventMap, AgentEvents } from './agent/events.js'

/** Each line is written in the next turn of the event loop, in its order: whoever waits for what happened is answered first. */
export function logEvents (events: AgentEvents, log: FastifyBaseLogger): void {
  const on = <Name extends keyof AgentEventMap>(name: Name, write: (...about: AgentEventMap[Name]) => void): void => {
    events.on(name, ((...about: AgentEventMap[Name]) => { setImmediate(() => write(...about)) }) as never)
  }
  on('sessionStarted', ({ id, user, browserName, browserVersion, poolHit, startupTime, isolation, isolationReason }) => {
    log.info({ session: id, user, browserName, browserVersion, isolation, ...isolationReason === undefined ? {} : { isolationReason }, poolHit, ms: Math.round(startupTime * 10) / 10 }, 'session started')
  })
  on('sessionAdopted', ({ id, user }) => log.info({ session: id, user }, 'session goes on'))
  on('sessionEnded', ({ id, user }, reason) => log.info({ session: id, user, reason }, 'session ended'))
  on('draining', whether => log.info(whether ? 'no new sessions from now on' : 'new sessions again'))
  on('launched', (slot, _profile, ms) => log.debug({ slot: slot.id, ms: Math.round(ms) }, 'browser opened'))
  on('recycled', (slot, ms) => log.debug({ slot: slot.id, ms: Math.round(ms) }, 'slot clean again'))
  on('launchFailed', (slot, error) => log.warn({ slot: slot.id, why: error.message }, 'browser did not come up'))
  on('uncleaned', (slot, error) => log.warn({ slot: slot.id, why: error.message }, 'slot could not be cleaned and is thrown away'))
}
