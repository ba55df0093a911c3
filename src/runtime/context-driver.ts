/**
 * A driver for sessions that are contexts of one browser: a program of its own beside Chrome's driver, which it starts. The first New Session launches
 * the browser; each one gets a context of it, and Chrome's driver attached to that. Arguments: where to listen (host, port), and the driver's command.
 *
 * `POST /context/<id>/session` is W3C New Session, and answers too where the session's commands go (`driver`) and where its view is (`devtools`);
 * `DELETE /context/<id>` ends what was opened there, and answers once it has gone, with how much memory all of it takes by then, in MB.
 */
import { rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Capabilities } from '../protocol/capabilities.js'
import { ChromeDriver, Refused } from './context/chrome-driver.js'
import { memoryOfFamily } from './context/memory.js'
import { SharedBrowser, type ContextSession } from './context/shared-browser.js'
import { bodyOf, serveDriver, unknownCommand, type Answer } from './driver-server.js'

const [host = '127.0.0.1', port = '0', command = 'chromedriver', ...args] = process.argv.slice(2)

const driver = await ChromeDriver.start(command, args)
const opened = new Map<string, Promise<ContextSession>>()
let browser: Promise<SharedBrowser> | undefined

const server = serveDriver({ host, port: Number(port), answer: answerTo, failure })
void driver.ended.then(end)

async function answerTo (request: IncomingMessage): Promise<Answer> {
  const [, id = '', session] = /^\/context\/(\d+)(\/session)?$/.exec(request.url ?? '') ?? []
  if (request.method === 'POST' && session !== undefined) return await newSession(id, await bodyOf(request))
  if (request.method === 'DELETE' && id !== '') return await close(id)
  return unknownCommand(request)
}

async function newSession (id: string, body: string): Promise<Answer> {
  const { capabilities: { alwaysMatch } } = JSON.parse(body) as { capabilities: { alwaysMatch: Capabilities } }
  const opening = sharedBrowser(alwaysMatch).then(browser => browser.open(alwaysMatch, { downloads: downloadsOf(id), host }))
  opened.set(id, opening)
  const { sessionId, capabilities, view } = await opening
  return { status: 200, value: { sessionId, capabilities, driver: `${host}:${driver.port}`, devtools: `${host}:${view.port}` } }
}

/** One that could not be launched is tried again by the next. */
function sharedBrowser (capabilities: Capabilities): Promise<SharedBrowser> {
  browser ??= launch(capabilities).catch((error: unknown) => {
    browser = undefined
    throw error
  })
  return browser
}

async function launch (capabilities: Capabilities): Promise<SharedBrowser> {
  const launched = await SharedBrowser.launch(driver, capabilities)
  void launched.gone.then(end)
  return launched
}

async function close (id: string): Promise<Answer> {
  const opening = opened.get(id)
  opened.delete(id)
  await (await opening?.catch(() => undefined))?.close()
  rmSync(downloadsOf(id), { recursive: true, force: true })
  return { status: 200, value: { memory: memoryOfFamily() } }
}

function downloadsOf (id: string): string {
  return join(homedir(), `downloads-${id}`)
}

/** The browser or its driver has gone: its sessions' sockets close first, by which it is known what went. */
function end (): void {
  server.close()
  server.closeAllConnections()
  for (const opening of opened.values()) void opening.then(({ view }) => view.hangUp(), () => {})
  setTimeout(() => process.exit(1), 100)
}

function failure (error: unknown): Answer {
  if (error instanceof Refused) return { status: error.status, value: error.value }
  return { status: 500, value: { error: 'unknown error', message: (error as Error).message } }
}
