/** WebDriver and REST calls as a program without any client library makes them. */
import { request, type OutgoingHttpHeaders } from 'node:http'

export interface Call {
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown
  readonly headers?: OutgoingHttpHeaders
  /** Hangs up when aborted. */
  readonly signal?: AbortSignal
}

/** The credentials of RFC 7617. */
export function basic (name: string, password: string): { readonly headers: { readonly Authorization: string } } {
  return { headers: { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } }
}

export interface Reply<Body = unknown> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body: parsed when it is JSON. */
  readonly body: Body
}

/** One request on a connection of its own. @param to such as `POST http://127.0.0.1:4444/session` */
export function call<Body = unknown> (to: string, { body, headers, signal }: Call = {}): Promise<Reply<Body>> {
  const [method = 'GET', url = ''] = to.split(' ', 2)
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const length = text === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }
    const outgoing = request(url, { method, headers: { ...length, ...headers }, agent: false, ...signal === undefined ? {} : { signal } }, answer => {
      let said = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => { said += chunk })
      answer.on('error', reject).on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed(said) as Body }))
    })
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Capabilities = Readonly<Record<string, unknown>>

/** A session, and its commands. */
export interface RawSession {
  readonly id: string
  readonly capabilities: Capabilities
  /** Such as `('POST /url', { url })`. Resolves with the answer's value; rejects with the error's words. */
  do<T = unknown> (command: string, body?: unknown): Promise<T>
  quit (): Promise<void>
}

/** W3C WebDriver "New Session". */
export async function newSession (hub: string, alwaysMatch: object = {}, options: Call = {}): Promise<RawSession> {
  const reply = await call(`POST ${hub}/session`, { body: { capabilities: { alwaysMatch } }, ...options })
  const { sessionId, capabilities } = valueOf<{ sessionId: string, capabilities: Capabilities }>(reply)
  return rawSession(hub, sessionId, capabilities, options.headers)
}

/** A session that is there already. @param headers of each command, such as credentials */
export function rawSession (hub: string, id: string, capabilities: Capabilities = {}, headers: OutgoingHttpHeaders = {}): RawSession {
  const run = async <T>(command: string, body?: unknown): Promise<T> => {
    const [method = '', path = ''] = command.split(' ', 2)
    return valueOf<T>(await call(`${method} ${hub}/session/${id}${path}`, { headers, body: body ?? (method === 'POST' ? {} : undefined) }))
  }
  return { id, capabilities, do: run, quit: async () => { await run('DELETE ') } }
}

function valueOf<T> ({ status, body }: Reply): T {
  const { value } = body as { value: T & { error?: string, message?: string } }
  if (status === 200) return value
  throw new Error(`${status} ${value.error}: ${value.message}`)
}

/** JavaScript in the page; the answer is what it returns. */
export function execute<T = unknown> (session: RawSession, script: string, ...args: unknown[]): Promise<T> {
  return session.do<T>('POST /execute/sync', { script, args })
}

/** A page that takes memory until it is stopped. Resolves when it has begun, or has been ended. */
export async function takeMemory (session: RawSession): Promise<void> {
  await execute(session, 'const all = []; const eat = () => { const part = new Uint8Array(2e7); for (let i = 0; i < part.length; i += 1024) part[i] = i; all.push(part); setTimeout(eat, 5) }; eat()').catch(() => {})
}
