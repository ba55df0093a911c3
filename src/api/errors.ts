/** Errors of the REST API and how everything thrown is answered: WebDriver's paths in WebDriver's shape, ours as `{ error, message }`. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { WebDriverError } from '../protocol/errors.js'

/** What the REST API answers when it cannot do what it is asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** A few words that a program can compare. */
  readonly error: string

  constructor (status: number, error: string, message: string) {
    super(message)
    this.status = status
    this.error = error
  }
}

/** Paths of ours, where errors are `{ error, message }`; everywhere else a WebDriver client asks. */
export function isApiPath (path: string): boolean {
  return path.startsWith('/api/') || path.startsWith('/metrics') || path.startsWith('/prewarm') || path.startsWith('/grid/') || path.startsWith('/se/grid/distributor/')
}

export function answerError (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (isApiPath(request.url) && !request.url.includes('/webdriver/')) return answerApiError(error, reply)
  const shown = asWebDriverError(error)
  if (shown.code === 'unknown error') request.log.error(error, 'a request failed')
  return reply.code(clientFault(error) ?? shown.status).send(shown.toJSON())
}

/** The status of what is the client's fault but none of WebDriver's errors, such as 403 or 413. */
function clientFault (error: unknown): number | undefined {
  const { statusCode = 500 } = error as FastifyError
  return error instanceof WebDriverError || statusCode >= 500 ? undefined : statusCode
}

function answerApiError (thrown: unknown, reply: FastifyReply): FastifyReply {
  const { status, error, message } = asApiError(thrown)
  if (status >= 500 && !(thrown instanceof WebDriverError || thrown instanceof ApiError)) reply.log.error(thrown, 'a request failed')
  if (status === 401) void reply.header('WWW-Authenticate', 'Bearer realm="tggrid"')
  return reply.code(status).send({ error, message })
}

function asApiError (error: unknown): { status: number, error: string, message: string } {
  if (error instanceof ApiError) return error
  if (error instanceof WebDriverError) return { status: error.reason === 'no playwright' ? 428 : error.code === 'session not created' ? 503 : error.status, error: error.code, message: error.message }
  const { statusCode = 500, message } = error as FastifyError
  return { status: statusCode, error: statusCode < 500 ? 'bad request' : 'internal error', message: statusCode < 500 ? message : 'tggrid failed; its log says why' }
}

function asWebDriverError (error: unknown): WebDriverError {
  if (error instanceof WebDriverError) return error
  const { statusCode = 500, message } = error as FastifyError
  return statusCode < 500 ? new WebDriverError('invalid argument', message) : new WebDriverError('unknown error', message)
}
