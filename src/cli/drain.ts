/** `tggrid drain`: an agent gets no new sessions, and its running ones a while to finish; or gets new ones again. */
import type { Config } from '../config/schema.js'
import { askRouter } from '../link/ask-router.js'
import { nameOf, placeOf, trustOf } from '../link/trust.js'
import { Failure } from './failure.js'

export interface DrainOptions {
  /** Grid address of a router; the first one that this host's agent joins, or this host's own, when absent. */
  readonly router?: string
  /** Seconds that running sessions get. */
  readonly grace?: number
  /** It gets new sessions again. */
  readonly undo?: boolean
}

/** Long enough for a router to ask an agent, in milliseconds. */
const deadline = 10_000

/** @param agent its name, its id, or where it is @throws Failure */
export async function drainAgent (agent: string, { grid }: Config, { router, grace, undo = false }: DrainOptions): Promise<void> {
  const place = placeOf(router ?? grid.join[0] ?? `127.0.0.1:${grid.port ?? ''}`)
  const body = grace === undefined ? {} : { grace }
  await askRouter(place, { path: `/grid/agents/${encodeURIComponent(agent)}/${undo ? 'undrain' : 'drain'}`, body, trust: trustOf(grid), signal: AbortSignal.timeout(deadline) })
    .catch((error: Error) => { throw new Failure(`router ${nameOf(place)}: ${error.message}`) })
  if (undo) return console.log(`${agent} gets new sessions again`)
  console.log(`${agent} gets no new sessions; its running ones get ${grace === undefined ? 'the usual time' : `${grace} s`} to finish`)
}
