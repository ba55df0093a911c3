/** Requests over kept connections, as many at once as there are connections; each answer is compared with the one that is right. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

export interface Load {
  readonly port: number
  readonly path: string
  readonly connections: number
  /** How long, in seconds. */
  readonly seconds: number
}

/** Milliseconds from each request to the end of its answer. */
export type Times = number[]

/** @returns the times of all requests; rejects when an answer has another body than the first */
export async function load ({ port, path, connections, seconds }: Load): Promise<Times> {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept-Encoding: identity\r\nAccept: application/json\r\nContent-Type: application/json;charset=UTF-8\r\nUser-Agent: selenium/4.35.0 (python linux)\r\nConnection: keep-alive\r\n\r\n`)
  const times: Times = []
  const end = performance.now() + seconds * 1000
  const sockets = await Promise.all(Array.from({ length: connections }, async () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return socket
  }))
  await Promise.all(sockets.map(socket => ask(socket, request, { end, times })))
  return times
}

function ask (socket: Socket, request: Buffer, { end, times }: { end: number, times: Times }): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = performance.now()
    let pending = ''
    let right: string | undefined
    socket.on('data', bytes => {
      pending += bytes.toString('latin1')
      const body = bodyOf(pending)
      if (body === undefined) return
      pending = ''
      const now = performance.now()
      times.push(now - begun)
      right ??= body
      if (body !== right || !body.startsWith('{"value":{"implicit"')) reject(new Error(`a wrong answer: ${body}`))
      if (now > end) {
        socket.destroy()
        return resolve()
      }
      begun = performance.now()
      socket.write(request)
    })
    socket.on('error', reject).on('close', () => reject(new Error('the connection was closed')))
    socket.write(request)
  })
}

/** The body of a whole answer with a length; undefined while it is not whole. */
export function bodyOf (text: string): string | undefined {
  const head = text.indexOf('\r\n\r\n') + 4
  if (head < 4) return undefined
  const at = text.toLowerCase().indexOf('content-length:')
  const length = Number.parseInt(text.slice(at + 15), 10)
  return text.length >= head + length ? text.slice(head, head + length) : undefined
}
