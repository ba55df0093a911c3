/** An HTTP client as small as drivers and browsers need it: one call, one connection, one answer. */
import { request, type IncomingMessage } from 'node:http'
import type { Way } from './runtime.js'

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Behind the way's own, such as `/session`. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** Bounds the whole call; without one it may take as long as it takes. */
  readonly signal?: AbortSignal
}

/** Rejects when no answer is had. */
export async function exchange (way: Way, call: Call): Promise<{ readonly status: number, readonly text: string }> {
  const answer = await send(way, call)
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  return { status: answer.statusCode ?? 0, text }
}

function send (way: Way, { method, path, body, signal }: Call): Promise<IncomingMessage> {
  const text = body === undefined ? '' : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = { Host: way.host, 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': Buffer.byteLength(text) }
    request({ ...way.address, method, path: way.path + path, headers, agent: false, ...signal === undefined ? {} : { signal } }, resolve).on('error', reject).end(text)
  })
}
