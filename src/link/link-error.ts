/** What goes wrong between a router and an agent, and how an error of the one becomes one of the other. */
import { WebDriverError, type ErrorCode, type ErrorReason } from '../protocol/errors.js'

/** `full`: nothing has happened. `lost`: the link broke, and nobody knows what has. `failed`: it was tried. */
export type LinkProblem = 'full' | 'lost' | 'failed'

/** As it goes over the wire (JSON-RPC 2.0, §5.1). */
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data?: { readonly problem?: LinkProblem, readonly code?: ErrorCode, readonly reason?: ErrorReason }
}

export class LinkError extends Error {
  override readonly name = 'LinkError'
  readonly problem: LinkProblem

  constructor (problem: LinkProblem, message: string) {
    super(message)
    this.problem = problem
  }

  /** What the other side threw. */
  static from ({ message, data }: WireError): Error {
    if (data?.code !== undefined) return new WebDriverError(data.code, message, data.reason === undefined ? {} : { reason: data.reason })
    return new LinkError(data?.problem ?? 'failed', message)
  }
}

const serverError = -32_000

export function wireError (error: unknown): WireError {
  const { message } = error as Error
  if (error instanceof WebDriverError) return { code: serverError, message, data: { code: error.code, ...error.reason === undefined ? {} : { reason: error.reason } } }
  return { code: serverError, message, data: { problem: error instanceof LinkError ? error.problem : 'failed' } }
}
