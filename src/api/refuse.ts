/** What the edge refuses or could not deliver, in the client's protocol. */
import { Refusal, type Answer, type RequestHead } from '../edge/edge.js'
import { WebDriverError } from '../protocol/errors.js'

/**
 * Renders a refusal: for a WebSocket as text, which its client shows to people; else in WebDriver's shape, which the REST API's clients
 * can read as well. The status is the edge's.
 */
export function refuse ({ status, message, cause }: Refusal, head: RequestHead | undefined): Answer {
  if (head?.upgrade === true) return socketAnswer(status, message, cause)
  const code = status < 500 ? 'invalid argument' : 'unknown error'
  const body = JSON.stringify(new WebDriverError(code, message).toJSON())
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-cache' }, body }
}

/** Nobody is known by what this client has shown. */
export function unauthorized (shown: boolean): Refusal {
  return new Refusal(401, shown
    ? 'these credentials are wrong or have expired'
    : 'credentials are needed: a user and a password in the URL, or ?token= with a token of POST /api/auth/login')
}

function socketAnswer (status: number, message: string, cause: unknown): Answer {
  const shown = cause instanceof WebDriverError ? statusOf(cause) : status
  const headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    ...shown === 401 ? { 'WWW-Authenticate': 'Basic realm="tggrid", charset="UTF-8"' } : {},
    ...shown === 429 || shown === 503 ? { 'Retry-After': '1' } : {}
  }
  return { status: shown, headers, body: `${message}\n` }
}

/** WebDriver has one code for all of these; HTTP has better ones (RFC 9110, §15; 429: RFC 6585, §4). */
function statusOf ({ code, reason, status }: WebDriverError): number {
  switch (reason) {
    case 'ended': return 410
    case 'queue full': return 429
    case 'queue timeout':
    case 'no wait':
    case 'stopping': return 503
    case 'no match': return 400
    case 'no playwright': return 428
    case undefined: return code === 'unsupported operation' ? 501 : status
  }
}
