/** What the edge refuses or could not deliver, in the client's protocol. */
import type { Answer, Refusal } from '../edge/edge.js'
import { WebDriverError } from '../protocol/errors.js'

/** Renders a refusal in WebDriver's shape, which the REST API's clients can read as well; the status is the edge's. */
export function refuse (refusal: Refusal): Answer {
  const code = refusal.status < 500 ? 'invalid argument' : 'unknown error'
  const body = JSON.stringify(new WebDriverError(code, refusal.message).toJSON())
  return { status: refusal.status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body }
}
