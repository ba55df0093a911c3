/**
 * A driver for sessions that are contexts of one browser: a program of its own beside Chrome's driver, which it starts. The first New Session launches
 * the browser; each one gets a context of it, and Chrome's driver attached to that. Arguments: where to listen (host, port), and the driver's command.
 */
import '../tuning.js'
import { homedir } from 'node:os'
import type { Capabilities } from '../protocol/capabilities.js'
import { ChromeDriver, Refused } from './context/chrome-driver.js'
import { once, serveContexts, type Opened } from './context/program.js'
import { SharedBrowser } from './context/shared-browser.js'
import type { Answer } from './driver-server.js'

const [host = '127.0.0.1', port = '0', command = 'chromedriver', ...args] = process.argv.slice(2)

const driver = await ChromeDriver.start(command, args)
const end = serveContexts({ host, port: Number(port), home: homedir(), open, failure })
void driver.ended.then(end)

const sharedBrowser = once(async capabilities => {
  const launched = await SharedBrowser.launch(driver, capabilities)
  void launched.gone.then(end)
  return launched
})

async function open (wishes: Capabilities, downloads: string): Promise<Opened> {
  const { sessionId, capabilities, view, close } = await (await sharedBrowser(wishes)).open(wishes, { downloads, host })
  return { value: { sessionId, capabilities, driver: `${host}:${driver.port}`, devtools: `${host}:${view.port}` }, view, close }
}

function failure (error: unknown): Answer {
  if (error instanceof Refused) return { status: error.status, value: error.value }
  return { status: 500, value: { error: 'unknown error', message: (error as Error).message } }
}
