/** What the edge itself says no to, or could not deliver. */
import { STATUS_CODES } from 'node:http'

/** Thrown while reading a head or a body; answered in the client's protocol by whoever assembled the edge. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** The HTTP status (RFC 9110, §15). */
  readonly status: number

  constructor (status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

export function asRefusal (error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(500, (error as Error).message, { cause: error })
}

/** A whole answer of the edge's own. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer as bytes; the connection is closed behind it. */
export function renderAnswer ({ status, headers, body }: Answer, withBody: boolean): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${withBody ? body : ''}`
}
