/** A client that costs next to nothing: a socket, a request, an answer. What a client's library takes for itself is no matter of who answers it. */
import { connect } from 'node:net'
import { rawSession, type RawSession } from '../test/support/webdriver.js'
import { bodyOf } from './load.js'

/** W3C WebDriver "New Session". Rejects with what came instead of a session. */
export async function thinSession (hub: string, alwaysMatch: object): Promise<RawSession> {
  const { hostname, port } = new URL(hub)
  const body = JSON.stringify({ capabilities: { alwaysMatch } })
  const head = `POST /session HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  const { value } = JSON.parse(await answerTo(head + body, { host: hostname, port: Number(port) })) as { value: { sessionId?: string, capabilities: object } }
  if (value.sessionId === undefined) throw new Error(`no session: ${JSON.stringify(value)}`)
  return rawSession(hub, value.sessionId, value.capabilities as RawSession['capabilities'])
}

/** The body of the answer, as soon as all of it is there. */
function answerTo (request: string, to: { readonly host: string, readonly port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, noDelay: true }, () => socket.write(request))
    let said = ''
    socket.on('error', reject).on('close', () => reject(new Error(`the connection was closed after ${JSON.stringify(said)}`)))
    socket.setEncoding('latin1').on('data', (text: string) => {
      said += text
      const body = bodyOf(said)
      if (body === undefined) return
      resolve(Buffer.from(body, 'latin1').toString())
      socket.destroy()
    })
  })
}
