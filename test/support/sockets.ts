/** WebSockets as a program without any client library opens them. */
import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'

/** The answer to an upgrade request that was refused. */
export interface Refused {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export const ws = (hub: string): string => hub.replace(/^http/, 'ws')

/** Resolves when it is open; rejects when it is refused. The caller closes it. */
export async function openSocket (url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 0, ...options })
  await once(socket, 'open')
  socket.on('error', () => {}) // a cut connection: 'close' follows
  return socket
}

/** Resolves with the refusal; rejects when it is not refused. */
export function refusedSocket (url: string, options: ClientOptions = {}): Promise<Refused> {
  const socket = new WebSocket(url, options)
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('open', () => { socket.terminate(); reject(new Error(`${url} was not refused`)) })
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => { body += text })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
  })
}

/** One command of DevTools or of BiDi; resolves with the whole answer. */
export function ask<T = Record<string, unknown>> (socket: WebSocket, command: { readonly id: number, readonly method: string, readonly params?: object }): Promise<T> {
  return new Promise((resolve, reject) => {
    const hear = (data: unknown): void => {
      const message = JSON.parse(String(data)) as { id?: number }
      if (message.id !== command.id) return
      socket.off('message', hear).off('close', gone)
      resolve(message as T)
    }
    const gone = (): void => reject(new Error('the socket was closed before the answer'))
    socket.on('message', hear).once('close', gone)
    socket.send(JSON.stringify(command))
  })
}

/** Resolves with the code and the words with which the other side closes. */
export async function closedBy (socket: WebSocket): Promise<{ readonly code: number, readonly reason: string }> {
  const [code, reason] = await once(socket, 'close') as [number, Buffer]
  return { code, reason: String(reason) }
}
