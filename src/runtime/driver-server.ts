/** What our own driver programs have in common: they say where they listen, as others do, and answer in the shape of W3C WebDriver (§6.3). */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Answer {
  readonly status: number
  readonly value: unknown
}

export interface DriverServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly answer: (request: IncomingMessage) => Promise<Answer>
  /** For whatever that rejects with. */
  readonly failure: (error: unknown) => Answer
}

export function serveDriver ({ host, port, answer, failure }: DriverServerOptions): Server {
  const server = createServer((request, response) => {
    void (isOfPage(request) ? Promise.resolve(forbidden) : answer(request)).catch(failure).then(({ status, value }) => {
      response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify({ value }))
    })
  })
  return server.listen(port, host, () => process.stdout.write(`Listening on ${host}:${(server.address() as AddressInfo).port}\n`))
}

const forbidden: Answer = { status: 403, value: { error: 'unknown error', message: 'pages of a browser are not listened to' } }

/** Whether a script of a page may have made it (Fetch, §3.1 "Origin header"; W3C "Fetch Metadata"): the page is in a browser that this driver has opened. */
function isOfPage ({ headers }: IncomingMessage): boolean {
  return headers.origin !== undefined || headers['sec-fetch-mode'] !== undefined
}

export function unknownCommand ({ method, url }: IncomingMessage): Answer {
  return { status: 404, value: { error: 'unknown command', message: `${method} ${url}` } }
}

export async function bodyOf (request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
