/** Small requests of our own to a session's driver or browser. */
import { request } from 'node:http'
import type { Upstream } from '../protocol/remote-end.js'

export interface Question {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** Path and query at the upstream. */
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
export function ask ({ address, host = 'localhost' }: Upstream, { method, path }: Question): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { ...address, method, path, headers: { Host: host }, agent: false, signal: AbortSignal.timeout(deadline) }
    request(options, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
      response.on('end', () => resolve({ status: response.statusCode ?? 502, type: response.headers['content-type'] ?? '', body })).on('error', reject)
    }).on('error', reject).end()
  })
}
