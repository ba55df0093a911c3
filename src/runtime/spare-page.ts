/**
 * A context with a page, made before a client of Playwright asks for its first ones: these are its first ones then. To start a page's renderer is much of
 * what such a client waits for. It happens on the pipes between Playwright's server and its browser (`--remote-debugging-pipe`: messages end with a zero
 * byte). The page stands still before its first document, as each new one does for Playwright. When it has been given away nothing is between the two.
 */
import type { Readable, Writable } from 'node:stream'
import { PipeMessages } from './pipe-messages.js'

/** Of a browser's process: what it is told, and what it says. */
export interface BrowserPipes {
  readonly commands: Writable
  readonly answers: Readable
}

/** A message of DevTools, as far as it is looked at. */
interface Message {
  readonly id?: number
  readonly method?: string
  readonly sessionId?: string
  readonly params?: object & { readonly sessionId?: string, readonly targetInfo?: { readonly browserContextId?: string } }
  readonly result?: { readonly browserContextId?: string, readonly targetId?: string }
  readonly error?: { readonly message: string }
}

type Listener = (bytes: Buffer) => void

/** Of our own commands; Playwright counts from 1. */
const [contextId, pageId] = [2 ** 30 - 1, 2 ** 30]

/** How Playwright makes a context whose client wishes for nothing that it has to be made with. */
const plainContext = { disposeOnDetach: true }

/**
 * Resolves when there is one, or when it turns out that there cannot be: then everything is as it was. Rejects with what the browser said, or when it has gone.
 *
 * @param pipes of a browser that Playwright has just launched (CDP `Target.setAutoAttach` with `waitForDebuggerOnStart` is on)
 */
export async function makeSparePage (pipes: BrowserPipes): Promise<void> {
  const [playwright, ...others] = pipes.answers.listeners('data') as Listener[]
  if (playwright === undefined || others.length > 0) return // a Playwright that reads in a way of its own
  await new Promise<void>((resolve, reject) => {
    const over = (error?: Error): void => error === undefined ? resolve() : reject(error)
    pipes.answers.once('close', () => over(new Error('the browser has gone')))
    new SparePage(pipes, playwright, over).make()
  })
}

class SparePage {
  readonly #pipes: BrowserPipes
  readonly #playwright: Listener
  readonly #made: (error?: Error) => void
  readonly #write: Writable['write']
  readonly #commands = new PipeMessages(text => this.#told(text))
  readonly #answers = new PipeMessages(text => this.#said(text))
  readonly #heard = (bytes: Buffer): void => this.#answers.add(bytes)
  #context: string | undefined
  #page: string | undefined
  /** Of DevTools: Playwright's with the page. */
  #session: string | undefined
  /** What the browser has said of the page. */
  readonly #unsaid: string[] = []
  #isGone = false
  #state: 'making' | 'spare' | 'given' | 'over' = 'making'

  constructor (pipes: BrowserPipes, playwright: Listener, made: (error?: Error) => void) {
    this.#pipes = pipes
    this.#playwright = playwright
    this.#made = made
    this.#write = pipes.commands.write
  }

  make (): void {
    const { commands, answers } = this.#pipes
    commands.write = (text: string | Buffer): boolean => {
      this.#commands.add(Buffer.from(text as string))
      return true
    }
    answers.off('data', this.#playwright).on('data', this.#heard)
    this.#tell(JSON.stringify({ id: contextId, method: 'Target.createBrowserContext', params: plainContext }))
  }

  /** Playwright has told the browser something. Who tells something expects no answer within that. */
  #told (text: string): void {
    const { id, method, sessionId, params } = read(text)
    const asks = (name: string, wish: object): boolean => method === name && sessionId === undefined && JSON.stringify(params) === JSON.stringify(wish)
    if (this.#state === 'spare' && asks('Target.createBrowserContext', plainContext)) {
      this.#state = 'given'
      queueMicrotask(() => this.#say(JSON.stringify({ id, result: { browserContextId: this.#context } })))
    } else if (this.#state === 'given' && asks('Target.createTarget', { url: 'about:blank', browserContextId: this.#context })) {
      this.#end([...this.#unsaid, JSON.stringify({ id, result: { targetId: this.#page } })])
    } else {
      this.#tell(text)
    }
  }

  /** The browser has said something. */
  #said (text: string): void {
    const message = read(text)
    if (message.id === contextId || message.id === pageId) {
      this.#makeOn(message)
    } else if (this.#state !== 'over' && this.#isOfPage(message)) {
      this.#session = message.sessionId ?? message.params?.sessionId
      this.#unsaid.push(text)
      this.#isGone ||= message.method === 'Target.detachedFromTarget' // closed by somebody, or crashed: Playwright never hears of it
      if (this.#isGone && this.#page !== undefined) this.#end([])
    } else {
      this.#say(text)
    }
  }

  #isOfPage ({ method, sessionId, params }: Message): boolean {
    if (this.#session !== undefined) return (sessionId ?? params?.sessionId) === this.#session
    return method === 'Target.attachedToTarget' && this.#context !== undefined && params?.targetInfo?.browserContextId === this.#context
  }

  #makeOn ({ id, result, error }: Message): void {
    if (error !== undefined) {
      this.#made(new Error(`no page could be made beforehand: ${error.message}`))
      this.#end([])
    } else if (id === contextId) {
      this.#context = result?.browserContextId
      this.#tell(JSON.stringify({ id: pageId, method: 'Target.createTarget', params: { url: 'about:blank', browserContextId: this.#context } }))
    } else {
      this.#page = result?.targetId
      if (this.#isGone) return this.#end([])
      this.#state = 'spare'
      this.#made()
    }
  }

  /** With these last words nothing is between the two any more; what has come in one piece with the end is passed on before. */
  #end (words: readonly string[]): void {
    this.#state = 'over'
    queueMicrotask(() => {
      for (const word of words) this.#say(word)
      const { commands, answers } = this.#pipes
      commands.write = this.#write
      answers.off('data', this.#heard).on('data', this.#playwright)
      commands.write(this.#commands.rest)
      this.#playwright(this.#answers.rest)
      this.#made()
    })
  }

  #tell (text: string): void {
    this.#write.call(this.#pipes.commands, `${text}\0`, 'utf8')
  }

  #say (text: string): void {
    this.#playwright(Buffer.from(`${text}\0`))
  }
}

/** Nothing of it when it is no message, such as the end of one whose beginning has gone by. */
function read (text: string): Message {
  try {
    return JSON.parse(text) as Message
  } catch {
    return {}
  }
}
