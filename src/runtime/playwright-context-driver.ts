/**
 * A driver for sessions of Playwright's protocol that are parts of one browser, which is launched by Playwright with the first of them:
 *   node playwright-context-driver.js <playwright-core's folder> <Chromium, or empty> <headless shell, or empty> [<address> <port>]
 */
import '../tuning.js'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import type { Capabilities } from '../protocol/capabilities.js'
import type { PlaywrightLaunch } from '../protocol/host-needs.js'
import { serveLaunches } from './context/fake-browser.js'
import { PlaywrightBrowser } from './context/playwright-browser.js'
import { once, serveContexts, type Opened } from './context/program.js'
import type { Answer } from './driver-server.js'
import { PlaywrightLauncher, type PlaywrightModule } from './launched-server.js'

const [folder = '', full = '', shell = '', host = '127.0.0.1', port = '0'] = process.argv.slice(2)
const home = homedir() // launches change the variable that says it

serveLaunches()
const launcher = new PlaywrightLauncher(createRequire(import.meta.url)(folder) as PlaywrightModule, { full, shell }, { host, port: 0 })
const end = serveContexts({ host, port: Number(port), home, open, failure })

const sharedBrowser = once(async capabilities => {
  const launched = await PlaywrightBrowser.launch(launcher, capabilities['tggrid:playwright'] as PlaywrightLaunch, home)
  void launched.gone.then(end)
  return launched
})

async function open (wishes: Capabilities, own: string): Promise<Opened> {
  const { endpoint, view, close } = await (await sharedBrowser(wishes)).open(own, host)
  return { value: { sessionId: randomUUID().replaceAll('-', ''), capabilities: { 'tggrid:playwright': { endpoint } }, devtools: `${host}:${view.port}` }, view, close }
}

function failure (error: unknown): Answer {
  return { status: 500, value: { error: 'session not created', message: (error as Error).message } }
}
