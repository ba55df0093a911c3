/** Wires everything: the only file that knows every class. */
import type { Logger } from 'pino'
import type { LocalBrowser } from './config/browsers.js'
import type { Config } from './config/schema.js'

export interface Grid {
  /** What a user wants to copy, by what it is: `Selenium Hub` → `http://127.0.0.1:4444`. */
  readonly urls: Readonly<Record<string, string>>
  stop (graceMs: number): Promise<void>
  kill (): void
}

export async function start (config: Config, browsers: LocalBrowser[], log: Logger): Promise<Grid> {
  const { createServer } = await import('node:http')
  const server = createServer((_request, response) => response.end())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.listen.hubPort ?? 0, config.listen.host, resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  log.info({ browsers: browsers.length }, 'ready')
  return {
    urls: { 'Selenium Hub': `http://${config.listen.host}:${port}` },
    stop: async () => await new Promise(resolve => { server.close(() => resolve()) }),
    kill: () => { server.closeAllConnections() }
  }
}
