/** Whether the ports are free. */
import { createServer } from 'node:net'
import { keyOf } from '../config/keys.js'
import type { Check, Patient } from './check.js'

export async function portChecks ({ config: { listen } }: Patient): Promise<Check[]> {
  const ports = { hubPort: listen.hubPort, apiPort: listen.apiPort, poolPort: listen.poolPort }
  const checks = Object.entries(ports).map(async ([name, port]) => {
    if (port === null || port === 0) return []
    return [describe(await tryToListen(listen.host, port), `${listen.host}:${port}`, keyOf.get(`listen.${name}`)?.flag ?? '')]
  })
  return (await Promise.all(checks)).flat()
}

function describe (code: string | null, address: string, flag: string): Check {
  const name = 'port'
  if (code === null) return { name, status: 'ok', found: `${address} is free` }
  if (code === 'EADDRINUSE') return { name, status: 'fail', found: `${address} is in use`, remedy: `choose another with ${flag}, or end what uses it` }
  if (code === 'EACCES') return { name, status: 'fail', found: `${address} needs special rights`, remedy: `choose one above 1023 with ${flag}` }
  return { name, status: 'fail', found: `${address} cannot be listened on (${code})`, remedy: 'choose an address of this machine with --host' }
}

/** @returns null when it works, otherwise the error's code */
function tryToListen (host: string, port: number): Promise<string | null> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
