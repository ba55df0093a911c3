/** chromedriver alone, the reference of all. */
import { rawSession, type RawSession } from '../test/support/webdriver.js'
import { startProgram } from './program.js'
import type { Scope } from './suite.js'
import { thinSession } from './thin-client.js'

/** What tggrid's host adds by itself, a script against the driver alone has to say. */
export const options = { browserName: 'chrome', 'goog:chromeOptions': { args: ['--headless=new', '--no-sandbox', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'] } }

export interface Chromedriver {
  readonly port: number
  readonly hub: string
  newSession (): Promise<Pick<RawSession, 'id' | 'capabilities'>>
  end (id: string): Promise<void>
}

export async function startChromedriver (scope: Scope): Promise<Chromedriver> {
  let port = 0
  await startProgram(scope, {
    command: 'chromedriver',
    args: ['--port=0'],
    ready: lines => {
      port = Number(/started successfully on port (\d+)/.exec(lines.join('\n'))?.[1] ?? 0)
      return port > 0
    }
  })
  const hub = `http://127.0.0.1:${port}`
  return { port, hub, newSession: () => thinSession(hub, options), end: id => rawSession(hub, id).quit() }
}
