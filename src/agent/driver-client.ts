/** A WebDriver client as small as the pool needs it. */
import { WebDriverError } from '../protocol/errors.js'
import { exchange, type Call } from '../runtime/http-call.js'
import type { Address, Way } from '../runtime/runtime.js'

/** Every wait for a driver has an end. */
type BoundedCall = Call & Required<Pick<Call, 'signal'>>

/** The driver answered with a WebDriver error: asking another driver the same would not help. */
export class DriverRefusal extends WebDriverError {}

/**
 * Calls a driver and returns the answer's `value` (W3C WebDriver, §6.3 "processing model").
 *
 * @throws DriverRefusal with the driver's own code and message; any other error means that no answer was had
 */
export async function callDriver (driver: Way, call: BoundedCall): Promise<unknown> {
  const { status, text } = await exchange(driver, call)
  const { value } = JSON.parse(text) as { value?: unknown }
  if (status === 200) return value
  const { error, message } = value as { error?: string, message?: string }
  throw new DriverRefusal(error === 'invalid argument' ? error : 'session not created', message ?? 'the driver gave no reason')
}

/** Reads a small JSON document, such as DevTools' `/json/version`. */
export async function getJson (address: Address, path: string, signal: AbortSignal): Promise<unknown> {
  const { text } = await exchange({ address, path: '', host: 'localhost' }, { method: 'GET', path, signal })
  return JSON.parse(text)
}
