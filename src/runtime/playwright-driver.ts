/**
 * A driver for Playwright: a process of its own that launches a browser with Playwright's own server before any client comes.
 * It is asked as other drivers are (New Session, Delete Session: W3C WebDriver, §8), so that slots need not know the difference.
 *   node playwright-driver.js <playwright-core's folder> <Chromium, or empty> <headless shell, or empty> [<address> <port> <port of Playwright's server>]
 * In a container it listens on every address, and launches one browser at a time.
 */
import '../tuning.js'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { bodyOf, serveDriver, unknownCommand, type Answer } from './driver-server.js'
import { PlaywrightLauncher, type LaunchedServer, type PlaywrightModule } from './launched-server.js'
import type { PlaywrightLaunch } from '../protocol/host-needs.js'

const [folder = '', full = '', shell = '', host = '127.0.0.1', port = '0', serverPort = '0'] = process.argv.slice(2)
const launcher = new PlaywrightLauncher(createRequire(import.meta.url)(folder) as PlaywrightModule, { full, shell }, { host, port: Number(serverPort) })
const launched = new Map<string, LaunchedServer>()

serveDriver({ host, port: Number(port), answer: answerTo, failure })

async function answerTo (request: IncomingMessage): Promise<Answer> {
  if (request.method === 'POST' && request.url === '/session') return await newSession(await bodyOf(request))
  const id = /^\/session\/([\da-f]+)$/.exec(request.url ?? '')?.[1]
  if (request.method === 'DELETE' && id !== undefined) return await deleteSession(id)
  return unknownCommand(request)
}

interface NewSession {
  readonly capabilities: { readonly alwaysMatch: { readonly 'tggrid:playwright': PlaywrightLaunch & { readonly folder: string } } }
}

async function newSession (body: string): Promise<Answer> {
  const { capabilities: { alwaysMatch } } = JSON.parse(body) as NewSession
  const server = await launcher.launch(alwaysMatch['tggrid:playwright'])
  const sessionId = randomUUID().replaceAll('-', '')
  launched.set(sessionId, server)
  void server.gone.then(() => launched.delete(sessionId))
  return { status: 200, value: { sessionId, capabilities: { 'goog:chromeOptions': { debuggerAddress: server.debuggerAddress }, 'tggrid:playwright': { endpoint: server.endpoint } } } }
}

async function deleteSession (id: string): Promise<Answer> {
  await launched.get(id)?.close()
  return { status: 200, value: null }
}

function failure (error: unknown): Answer {
  return { status: 500, value: { error: 'session not created', message: (error as Error).message } }
}
