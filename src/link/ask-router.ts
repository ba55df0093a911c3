/** Small requests to a router's grid port, by whoever can show that he is one of its grid. */
import { request } from 'node:http'
import { connectTo, type Place, type Trust } from './trust.js'

export interface RouterRequest {
  readonly path: string
  readonly body: unknown
  readonly trust: Trust
  readonly signal: AbortSignal
}

/** Resolves when it has done it. Rejects with its own words when it refuses, and when it cannot be reached. */
export function askRouter (router: Place, { path, body, trust, signal }: RouterRequest): Promise<void> {
  const text = JSON.stringify(body)
  const headers = { Host: 'localhost', 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
  return new Promise((resolve, reject) => {
    request({ method: 'POST', path, headers, createConnection: () => connectTo(router, trust), signal }, answer => {
      let said = ''
      answer.setEncoding('utf8').on('data', (part: string) => { said += part }).on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve()
        else reject(new Error(messageIn(said) ?? `it answered ${answer.statusCode}`))
      })
    }).on('error', error => reject(new Error(explained(error)))).end(text)
  })
}

/** OpenSSL's words for a secret that is another one, or a server that asks for none, and for a certificate that another authority made. */
function explained (error: NodeJS.ErrnoException): string {
  if (/^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/.test(error.code ?? '')) return `its certificate is not believed here: ${error.message}`
  return /SSL|socket hang up|ECONNRESET|disconnected before secure/.test(error.message) ? 'it speaks to nobody with this secret or certificate' : error.message
}

function messageIn (text: string): string | undefined {
  try {
    return (JSON.parse(text) as { message?: string }).message
  } catch {
    return text
  }
}
