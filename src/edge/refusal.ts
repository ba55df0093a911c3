/** What the edge itself says no to, or could not deliver. */

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

/** A whole answer of the edge's own. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported'
}

/** An answer as bytes; the connection is closed behind it. */
export function renderAnswer ({ status, headers, body }: Answer, withBody: boolean): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `HTTP/1.1 ${status} ${reasons[status] ?? 'Error'}\r\n${fields}Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${withBody ? body : ''}`
}
