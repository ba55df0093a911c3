/** What the control plane knows of the client behind a request. */
import type { FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; empty where nobody has to log in. */
    user: string
    /** When the request arrived: milliseconds since the epoch, with fractions. */
    askedAt: number
    /** Aborted when the client hangs up before it has its answer. */
    gone: AbortSignal
  }
}

/** The reason with which `gone` is aborted. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** Called as soon as a request's head is there. The edge closes our connection when the client's is closed. */
export function meetClient (request: FastifyRequest, response: { writableFinished: boolean, once (event: 'close', listener: () => void): unknown }): void {
  const gone = new AbortController()
  response.once('close', () => { if (!response.writableFinished) gone.abort(new ClientGone('the client hung up')) })
  request.gone = gone.signal
  request.askedAt = performance.timeOrigin + performance.now()
  request.user = ''
}
