/** Errors as a WebDriver client reads them (W3C WebDriver, §6.6 "Errors"). Thrown anywhere, rendered once. */

const statusOf = {
  'invalid argument': 400,
  'invalid session id': 404,
  'unknown command': 404,
  'unknown method': 405,
  'session not created': 500,
  timeout: 500,
  'unknown error': 500,
  'unsupported operation': 500
} as const

/** The `error` field of the answer: one of the specification's own codes. */
export type ErrorCode = keyof typeof statusOf

/** Why there is no session, for those whose protocol has finer words than WebDriver's. */
export type ErrorReason = 'ended' | 'no match' | 'no playwright' | 'queue full' | 'queue timeout' | 'no wait' | 'stopping'

/** The body of every error answer, W3C WebDriver §6.6 ("send an error"). */
export interface ErrorBody {
  readonly value: { readonly error: ErrorCode, readonly message: string, readonly stacktrace: string }
}

/** What is wrong, for the client: the code fixes the HTTP status, the message says what, which, why and what is on offer. */
export class WebDriverError extends Error {
  override readonly name = 'WebDriverError'

  readonly code: ErrorCode
  readonly reason: ErrorReason | undefined

  constructor (code: ErrorCode, message: string, options?: ErrorOptions & { readonly reason?: ErrorReason }) {
    super(message, options)
    this.code = code
    this.reason = options?.reason
  }

  /** The HTTP status that the specification's table gives to this code. */
  get status (): number {
    return statusOf[this.code]
  }

  toJSON (): ErrorBody {
    return { value: { error: this.code, message: this.message, stacktrace: '' } }
  }
}
