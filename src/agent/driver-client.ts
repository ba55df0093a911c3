/** A WebDriver client as small as the pool needs it: one call, one connection, one answer. */
import { request, type IncomingMessage } from 'node:http'
import { WebDriverError } from '../protocol/errors.js'
import type { Address, Way } from '../runtime/runtime.js'

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Behind the way's own, such as `/session`. */
  readonly path: string
  readonly body?: unknown
  /** Bounds the whole call. */
  readonly signal: AbortSignal
}

/** The driver answered with a WebDriver error: asking another driver the same would not help. */
export class DriverRefusal extends WebDriverError {}

/**
 * Calls a driver and returns the answer's `value` (W3C WebDriver, §6.3 "processing model").
 *
 * @throws DriverRefusal with the driver's own code and message; any other error means that no answer was had
 */
export async function callDriver (driver: Way, call: Call): Promise<unknown> {
  const answer = await exchange(driver, call)
  const { value } = JSON.parse(await textOf(answer)) as { value?: unknown }
  if (answer.statusCode === 200) return value
  const { error, message } = value as { error?: string, message?: string }
  throw new DriverRefusal(error === 'invalid argument' ? error : 'session not created', message ?? 'the driver gave no reason')
}

/** Reads a small JSON document, such as DevTools' `/json/version`. */
export async function getJson (address: Address, path: string, signal: AbortSignal): Promise<unknown> {
  return JSON.parse(await textOf(await exchange({ address, path: '', host: 'localhost' }, { method: 'GET', path, signal })))
}

function exchange (way: Way, { method, path, body, signal }: Call): Promise<IncomingMessage> {
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = { Host: way.host, 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }
    request({ ...way.address, method, path: way.path + path, headers, agent: false, signal }, resolve).on('error', reject).end(text)
  })
}

async function textOf (answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8')
  let text = ''
  for await (const chunk of answer) text += chunk
  return text
}
