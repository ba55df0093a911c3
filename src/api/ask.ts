/** Small requests of our own to a session's driver or browser, wherever that is. */
import { request, type RequestOptions } from 'node:http'
import type { Upstream } from '../protocol/remote-end.js'

export interface Question {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** Path and query at the browser or the driver. */
  readonly path: string
}

export interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Longest wait for an answer, in milliseconds. */
const deadline = 30_000

/** Rejects when no answer comes. */
export function ask (upstream: Upstream, { method, path }: Question): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request({ ...optionsFor(upstream, pathAt(upstream, path)), method, signal: AbortSignal.timeout(deadline) }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
      response.on('end', () => resolve({ status: response.statusCode ?? 502, type: response.headers['content-type'] ?? '', body })).on('error', reject)
    }).on('error', reject).end()
  })
}

/** DevTools' paths, as they are at an upstream: an agent has them below the session's own socket. */
export function pathAt ({ kind, base }: Upstream, path: string): string {
  return kind === 'agent' ? base + path : path
}

/** A connection for one request. Chrome and its driver refuse a Host that is neither an address nor localhost. */
export function optionsFor ({ address, connect, kind, user, host = 'localhost' }: Upstream, path: string): RequestOptions & { readonly headers: Record<string, string> } {
  const headers = { Host: host, ...kind === 'agent' ? { 'x-tggrid-user': encodeURIComponent(user) } : {} }
  // A connection of one's own is made only where no agent is named, not even none.
  return { ...address, path, headers, ...connect === undefined ? { agent: false } : { createConnection: connect } }
}
