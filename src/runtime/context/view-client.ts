/** One client of a view, with a connection of its own to the browser: what it says is judged, and what the browser says is sifted. */
import type { WebSocket } from 'ws'
import { noCommand, parseCommand, parseObject, type Attached, type CdpCommand, type Params, type TargetInfo } from '../../protocol/cdp.js'
import { judge, namedTarget, namedWindow, needsHome, type Level } from '../../protocol/cdp-rules.js'
import type { Holds } from './holds.js'
import { openSocket } from './sockets.js'
import { Strangers } from './strangers.js'
import type { Territory } from './territory.js'

/** Whoever sends and gets DevTools' messages: a WebSocket, or a page to which they are exposed. */
export interface Client {
  send (text: string): void
  close (): void
}

export interface ViewClientOptions {
  readonly territory: Territory
  readonly holds: Holds
  readonly client: Client
  /** The browser's socket, or a page's. */
  readonly url: string
  readonly level: Level
  /** The client wants its session to end. */
  readonly end: () => void
  /** `Target.exposeDevToolsProtocol`. Rejects with why not. */
  readonly expose: (target: string, binding: string) => Promise<void>
}

interface Answer {
  readonly id: number
  readonly result?: Params
}

/** What is to be done with an answer, by the method that it answers. */
const noted: ReadonlySet<string> = new Set(['Target.getTargets', 'Target.createBrowserContext', 'Target.createTarget', 'Target.disposeBrowserContext', 'Browser.getWindowForTarget'])

/** Commands that the view carries out itself: clients do not wait for their answer, since Chrome would have done it before their next one. */
const lasting: ReadonlySet<string> = new Set(['Target.exposeDevToolsProtocol'])

/** How long the browser may take to hear the last of a client, in milliseconds. */
const farewell = 1000

/** Bytes that may wait for one side to read before the other is not read any more. */
const mostUnread = 4 * 2 ** 20

export class ViewClient {
  readonly #options: ViewClientOptions
  readonly #upstream: WebSocket
  /** Sessions that this connection has, by their ids; '' is its own. */
  readonly #sessions = new Map<string, { readonly level: Level, readonly target?: string }>()
  /** Commands whose answer is looked at, by the id of the view's own that they go by: a client may give the same id to several. */
  readonly #asked = new Map<number, CdpCommand>()
  readonly #strangers: Strangers
  /** Targets that the client has been told of. */
  readonly #told = new Set<string>()
  /** Commands are judged one after the other, although some have to wait for the browser's word. */
  #turn: Promise<void> | undefined
  /** Said before the browser has answered the call. */
  #early: string[] | undefined = []
  #swamped = (): void => {}
  /** Of its own commands: below zero, where clients' hardly are. */
  #ids = 0

  constructor (options: ViewClientOptions) {
    const { client, url, level, holds } = options
    this.#options = options
    this.#strangers = new Strangers(holds, (method, params, sessionId) => this.#toBrowser({ id: --this.#ids, method, params, ...sessionId === undefined ? {} : { sessionId } }))
    this.#sessions.set('', { level })
    this.#upstream = openSocket(url)
    this.#upstream.once('open', () => this.#opened())
    this.#upstream.on('message', (data: Buffer) => this.#fromBrowser(data))
    this.#upstream.once('close', () => client.close())
  }

  /** The browser is not listened to as long as the client does not read. */
  pause (paused: boolean): void {
    if (paused) this.#upstream.pause()
    else this.#upstream.resume()
  }

  /** Whether the browser has more to read than is to be held for it; it is told when that is over. */
  isSwamped (over: () => void): boolean {
    if (this.#upstream.bufferedAmount <= mostUnread) return false
    this.#swamped = over
    return true
  }

  /** The client says something. */
  take (text: string): void {
    const command = parseCommand(text)
    if (command === undefined) return this.#answer(parseObject(text) ?? {}, { error: { code: -32600, message: noCommand } })
    if (this.#turn === undefined && this.#isKnown(command) && !lasting.has(command.method)) {
      void this.#obey(command)
      return
    }
    const turn: Promise<void> = (this.#turn ?? Promise.resolve()).then(() => this.#ask(command)).then(() => this.#obey(command)).catch(() => {}) // the browser has gone, and the client hears of it
      .finally(() => { if (this.#turn === turn) this.#turn = undefined })
    this.#turn = turn
  }

  /** The client has gone. */
  close (): void {
    const { holds, territory } = this.#options
    holds.want(this, territory.contexts, false)
    if (!this.#strangers.leave()) return this.#upstream.terminate()
    this.#upstream.close() // behind what was said
    setTimeout(() => this.#upstream.terminate(), farewell).unref()
  }

  #opened (): void {
    const early = this.#early ?? []
    this.#early = undefined
    early.forEach(text => this.#upstream.send(text))
  }

  /** Whether it is known whose everything is that it names, and there is all that it needs. */
  #isKnown (command: CdpCommand): boolean {
    const { territory } = this.#options
    const [target, window] = [namedTarget(command), namedWindow(command)]
    if (needsHome(command) && territory.home === '') return false
    return (target === undefined || territory.knowsTarget(target)) && (window === undefined || territory.ownsWindow(window))
  }

  async #ask (command: CdpCommand): Promise<void> {
    const { territory } = this.#options
    const [target, window] = [namedTarget(command), namedWindow(command)]
    if (needsHome(command)) await territory.settle()
    if (target !== undefined) await territory.findTarget(target)
    if (window !== undefined) await territory.findWindow(window)
  }

  /** @returns a promise when the commands that follow have to wait for it */
  #obey (command: CdpCommand): Promise<void> | undefined {
    const { territory, holds, end, expose } = this.#options
    const session = this.#sessions.get(command.sessionId ?? '')
    if (session === undefined) {
      this.#answer(command, { error: { code: -32001, message: 'Session with given id not found.' } })
      return undefined
    }
    const verdict = judge(command, session.level, territory)
    switch (verdict.do) {
      case 'pass':
        this.#pass({ ...command, params: verdict.params })
        if (command.method === 'Runtime.runIfWaitingForDebugger' && session.target !== undefined) holds.run(session.target)
        if (command.method === 'Target.setAutoAttach' && session.level === 'browser') holds.want(this, territory.contexts, command.params['autoAttach'] === true)
        break
      case 'answer': this.#answer(command, { result: verdict.result }); break
      case 'refuse': this.#refuse(command, verdict.why); break
      case 'end':
        this.#answer(command, { result: {} })
        end()
        break
      case 'expose':
        return expose(verdict.target, verdict.binding).then(() => this.#answer(command, { result: {} }), (error: Error) => this.#refuse(command, error.message))
    }
    return undefined
  }

  #pass (command: CdpCommand): void {
    if (!noted.has(command.method) && command.id >= 0) return this.#toBrowser(command)
    const id = --this.#ids
    this.#asked.set(id, command)
    this.#toBrowser({ ...command, id })
  }

  /** Written anew: the browser reads what has been judged, however ambiguous the client's own text was. */
  #toBrowser (command: CdpCommand): void {
    const text = JSON.stringify(command)
    if (this.#early === undefined) this.#upstream.send(text, () => { if (this.#upstream.bufferedAmount <= mostUnread) this.#swamped() })
    else this.#early.push(text)
  }

  #refuse (command: CdpCommand, message: string): void {
    this.#answer(command, { error: { code: -32000, message } })
  }

  #answer ({ id, sessionId }: { readonly id?: unknown, readonly sessionId?: unknown }, answer: object): void {
    this.#options.client.send(JSON.stringify({ ...id === undefined ? {} : { id }, ...answer, ...sessionId === undefined ? {} : { sessionId } }))
  }

  /** Chrome writes `method`, or `id`, first: only what is about targets has to be read. */
  #fromBrowser (data: Buffer): void {
    const text = data.toString('utf8')
    if (text.startsWith('{"method":"Target.')) return this.#event(text)
    if (!text.startsWith('{"id":-')) return this.#options.client.send(text)
    this.#response(parseObject(text) as unknown as Answer)
  }

  #response (answer: Answer): void {
    const command = this.#asked.get(answer.id)
    if (command === undefined) return // to the view itself
    this.#asked.delete(answer.id)
    const { result } = answer
    const own = result !== undefined && command.method === 'Target.getTargets' ? { result: this.#ownTargets(result) } : {}
    if (result !== undefined) this.#note(command, result) // before its client hears of it, and goes on at once
    this.#options.client.send(JSON.stringify({ ...answer, ...own, id: command.id }))
  }

  #note ({ method, params }: CdpCommand, result: Params): void {
    const { territory } = this.#options
    switch (method) {
      case 'Target.createBrowserContext': return territory.addContext(String(result['browserContextId']))
      case 'Target.disposeBrowserContext': return territory.dropContext(String(params['browserContextId']))
      case 'Target.createTarget': return territory.addTarget(String(result['targetId']))
      case 'Browser.getWindowForTarget': return territory.addWindow(Number(result['windowId']))
    }
  }

  #ownTargets ({ targetInfos }: Params): Params {
    return { targetInfos: (targetInfos as TargetInfo[]).filter(info => this.#isOwn(info)) }
  }

  #event (text: string): void {
    const { method, params, sessionId } = parseObject(text) as { method: string, params: { targetInfo?: TargetInfo, targetId?: string, sessionId?: string }, sessionId?: string }
    const { client, territory } = this.#options
    switch (method) {
      case 'Target.attachedToTarget': return this.#attached(text, params as unknown as Attached, sessionId)
      case 'Target.detachedFromTarget':
        if (this.#sessions.delete(params.sessionId ?? '')) client.send(text)
        return
      case 'Target.targetCreated':
      case 'Target.targetInfoChanged':
        if (params.targetInfo === undefined || !this.#isOwn(params.targetInfo)) return
        this.#told.add(params.targetInfo.targetId)
        territory.addTarget(params.targetInfo.targetId)
        return client.send(text)
      case 'Target.targetDestroyed':
      case 'Target.targetCrashed': {
        const told = method === 'Target.targetCrashed' ? this.#told.has(params.targetId ?? '') : this.#told.delete(params.targetId ?? '')
        if (told) client.send(text)
      }
    }
  }

  /** A stranger's target came by the client's wish to have all. */
  #attached (text: string, attached: Attached, parent?: string): void {
    const { client, territory } = this.#options
    const { sessionId, targetInfo } = attached
    if (targetInfo.type === 'browser') this.#sessions.set(sessionId, { level: 'browser' })
    else if (this.#isOwn(targetInfo)) {
      this.#sessions.set(sessionId, { level: 'target', target: targetInfo.targetId })
      territory.addTarget(targetInfo.targetId)
    } else return this.#strangers.meet(attached, parent)
    client.send(text)
  }

  #isOwn ({ browserContextId, type }: TargetInfo): boolean {
    return type === 'browser' || (browserContextId !== undefined && this.#options.territory.contexts.has(browserContextId))
  }
}
