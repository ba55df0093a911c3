/** Why a grid could not listen, and which option changes that. */
import { keyOf } from '../config/keys.js'
import type { Config } from '../config/schema.js'
import { Failure } from './failure.js'

interface Listening {
  readonly host: string
  /** The flags that change port and host. */
  readonly option: string
  readonly hostOption: string
}

/** The error itself when it has nothing to do with listening. */
export function explainListening (error: unknown, { listen, grid }: Config): unknown {
  const { code, port, syscall } = error as NodeJS.ErrnoException & { port?: number }
  if (syscall !== 'listen') return error
  const clients = Object.values(listen).includes(port ?? -1)
  return port === grid.port && !clients
    ? explained(code, port, { host: grid.host, option: '--grid-port', hostOption: '--grid-host' })
    : explained(code, port, { host: listen.host, option: optionOf(port, listen), hostOption: '--host' })
}

function explained (code: string | undefined, port: number | null | undefined, { host, option, hostOption }: Listening): Failure {
  if (code === 'EADDRINUSE') return new Failure(`port ${port} on ${host} is in use; ${option} N takes another one, 0 any free one`)
  if (code === 'EACCES') return new Failure(`port ${port} may not be used: ports below 1024 need special rights; ${option} N takes another one`)
  return new Failure(`${host} is no address of this machine that can be listened on (${code}); ${hostOption} ADDRESS takes another one`)
}

/** The flag that changes this port. */
export function optionOf (port: number | undefined, listen: Config['listen']): string {
  const name = Object.entries(listen).find(([key, value]) => key.endsWith('Port') && value === port)?.[0] ?? 'hubPort'
  return keyOf.get(`listen.${name}`)?.flag ?? ''
}
