/**
 * What drivers have in common whose sessions are contexts of one browser: `POST /context/<id>/session` is W3C New Session, `DELETE /context/<id>` ends
 * what was opened there, and answers once it has gone, with how much memory all of it takes by then, in MB; `GET /context` lists the ids of what is
 * open, for an agent that has been started again. Such a driver ends with its browser.
 */
import type { IncomingMessage } from 'node:http'
import type { Capabilities } from '../../protocol/capabilities.js'
import { bodyOf, serveDriver, unknownCommand, type Answer } from '../driver-server.js'
import { Folders } from './folders.js'
import { memoryOfFamily } from './memory.js'
import type { View } from './view.js'

export interface Opened {
  /** The answer to New Session: as a driver's, and `driver` and `devtools` (`host:port`) where these are others than it would say. */
  readonly value: object
  readonly view: View
  /** Resolves when it has gone. Rejects when that cannot be said. */
  close (): Promise<void>
}

export interface ContextProgram {
  readonly host: string
  readonly port: number
  /** Where sessions' folders are made. */
  readonly home: string
  /** @param folder of the session's own, which is new and empty, and goes with it */
  readonly open: (capabilities: Capabilities, folder: string) => Promise<Opened>
  /** For whatever `open` rejects with. */
  readonly failure: (error: unknown) => Answer
}

/** @returns ends all of it: the browser has gone, and its sessions' sockets close first, by which it is known what went */
export function serveContexts ({ host, port, home, open, failure }: ContextProgram): () => void {
  const opened = new Map<string, Promise<Opened>>()
  const folders = new Folders(home)
  const server = serveDriver({ host, port, answer: answerTo, failure })
  return end

  async function answerTo (request: IncomingMessage): Promise<Answer> {
    const [, id = '', session] = /^\/context\/(\d+)(\/session)?$/.exec(request.url ?? '') ?? []
    if (request.method === 'POST' && session !== undefined) return await newSession(id, await bodyOf(request))
    if (request.method === 'DELETE' && id !== '') return await close(id)
    if (request.method === 'GET' && request.url === '/context') return { status: 200, value: [...opened.keys()].map(Number) }
    return unknownCommand(request)
  }

  async function newSession (id: string, body: string): Promise<Answer> {
    const { capabilities: { alwaysMatch } } = JSON.parse(body) as { capabilities: { alwaysMatch: Capabilities } }
    const opening = openWithFolder(alwaysMatch)
    opened.set(id, opening)
    return { status: 200, value: (await opening).value }
  }

  async function openWithFolder (capabilities: Capabilities): Promise<Opened> {
    const folder = folders.make()
    try {
      const { value, view, close } = await open(capabilities, folder)
      return { value, view, close: async () => { await close(); folders.remove(folder) } }
    } catch (error) {
      folders.remove(folder)
      throw error
    }
  }

  async function close (id: string): Promise<Answer> {
    const opening = opened.get(id)
    opened.delete(id)
    await (await opening?.catch(() => undefined))?.close()
    return { status: 200, value: { memory: memoryOfFamily() } }
  }

  function end (): void {
    server.close()
    server.closeAllConnections()
    for (const opening of opened.values()) void opening.then(({ view }) => view.hangUp(), () => {})
    setTimeout(() => process.exit(1), 100)
  }
}

/** What is made once, with the first that needs it; when that fails it is tried again by the next. */
export function once<T> (make: (capabilities: Capabilities) => Promise<T>): (capabilities: Capabilities) => Promise<T> {
  let made: Promise<T> | undefined
  return capabilities => {
    made ??= make(capabilities).catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
