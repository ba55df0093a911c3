/** What a router answers to agents and operators, on the port that only those reach who know the grid's secret. */
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { joinPath, type Join } from '../link/messages.js'
import { trustedDrain, type AgentsOptions } from './agents.js'
import { answerError, ApiError } from './errors.js'

export interface GridPlaneOptions extends AgentsOptions {
  /** Resolves when the agent is reached; rejects with why not. @param peer from where it asks */
  readonly join: (address: string, peer: string) => Promise<void>
  readonly log: FastifyBaseLogger
}

/** @returns an application that is ready to listen; the caller closes it */
export function gridPlane ({ join, log, ...options }: GridPlaneOptions): FastifyInstance {
  const app = Fastify({ loggerInstance: log, logController: new LogController({ disableRequestLogging: true }), forceCloseConnections: true, keepAliveTimeout: 0, requestTimeout: 0 })
  app.setErrorHandler(answerError)
  app.post<{ Body: Partial<Join> | undefined }>(joinPath, async ({ body, headers }) => {
    const { address } = body ?? {}
    if (typeof address !== 'string') throw new ApiError(400, 'bad request', 'an agent that joins says its address: {"address": "host:port"}')
    await join(address, String(headers['x-tggrid-peer'] ?? '')).catch((error: Error) => { throw new ApiError(503, 'unreachable', error.message) })
    return { joined: true }
  })
  trustedDrain(app, options)
  return app
}
