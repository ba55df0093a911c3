/** A page made beforehand, with a browser that is a script, and a Playwright that only writes and listens. */
import { setImmediate as turn } from 'node:timers/promises'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { makeSparePage } from '../../../src/runtime/spare-page.js'

interface Message { readonly id?: number, readonly method?: string, readonly params?: object, readonly result?: object, readonly error?: object, readonly sessionId?: string }

const ids = { context: 2 ** 30 - 1, page: 2 ** 30 }
const plain = { id: 5, method: 'Target.createBrowserContext', params: { disposeOnDetach: true } }
const page = { id: 6, method: 'Target.createTarget', params: { url: 'about:blank', browserContextId: 'C' } }
const attached = { method: 'Target.attachedToTarget', params: { sessionId: 'S', targetInfo: { targetId: 'T', browserContextId: 'C' }, waitingForDebugger: true } }

/** Both ends of the pipes. */
class Between {
  readonly pipes = { commands: new PassThrough(), answers: new PassThrough() }
  /** What the browser was told, and what Playwright was. */
  readonly told: Message[] = []
  readonly heard: Message[] = []

  constructor () {
    this.#read(this.pipes.commands, this.told)
    this.#read(this.pipes.answers, this.heard)
  }

  #read (stream: PassThrough, into: Message[]): void {
    let said = ''
    stream.on('data', (bytes: Buffer) => {
      const messages = (said + bytes.toString()).split('\0')
      said = messages.pop() ?? ''
      into.push(...messages.map(text => JSON.parse(text) as Message))
    })
  }

  /** Playwright tells the browser something, in two pieces as it does. */
  async tell (message: Message): Promise<void> {
    this.pipes.commands.write(JSON.stringify(message))
    this.pipes.commands.write('\0')
    await turn()
  }

  async say (...messages: readonly Message[]): Promise<void> {
    this.pipes.answers.write(messages.map(message => `${JSON.stringify(message)}\0`).join(''))
    await turn()
  }

  /** Until the page is there. */
  async made (): Promise<void> {
    const made = makeSparePage(this.pipes)
    await turn()
    await this.say({ id: ids.context, result: { browserContextId: 'C' } })
    await this.say(attached, { id: ids.page, result: { targetId: 'T' } })
    await made
    t.strictSame(this.told.splice(0).map(({ id, method }) => [id, method]), [[ids.context, plain.method], [ids.page, page.method]])
    t.strictSame(this.heard, [], 'Playwright knows nothing of it')
  }

  /** Whether what is told and said goes straight on. */
  async isAlone (): Promise<boolean> {
    this.heard.length = this.told.length = 0
    await this.tell(plain)
    await this.say(attached)
    return this.told.length === 1 && this.heard.length === 1 && this.pipes.answers.listenerCount('data') === 1
  }
}

t.test('it is the first page of the first context that is asked for', async t => {
  const between = new Between()
  await between.made()
  await between.tell(plain)
  t.strictSame(between.heard, [{ id: 5, result: { browserContextId: 'C' } }])
  await between.tell({ id: 7, method: 'Browser.setDownloadBehavior', params: { browserContextId: 'C' } })
  t.strictSame(between.told.map(({ id }) => id), [7], 'what is about the context is told the browser')
  await between.say({ id: 7, result: {} })
  await between.tell(page)
  t.strictSame(between.heard.slice(1), [{ id: 7, result: {} }, attached, { id: 6, result: { targetId: 'T' } }], 'the page is said to be there before the answer')
  t.ok(await between.isAlone(), 'and nothing is between them any more')
})

t.test('a context with wishes of its own is made by the browser, and the page waits for another one', async t => {
  const between = new Between()
  await between.made()
  const wish = { id: 4, method: plain.method, params: { disposeOnDetach: true, proxyServer: 'socks5://x' } }
  await between.tell(wish)
  t.strictSame([between.told, between.heard], [[wish], []])
  await between.tell({ ...plain, sessionId: 'other' })
  t.equal(between.told.length, 2, 'so is one that another client asks for by a session of its own')
  await between.tell(plain)
  t.match(between.heard, [{ id: 5, result: { browserContextId: 'C' } }])
})

t.test('a second page, and pages of other contexts, are the browser\'s to make', async t => {
  const between = new Between()
  await between.made()
  await between.tell({ ...page, id: 8 })
  await between.tell(plain)
  await between.tell({ ...page, id: 9, params: { ...page.params, browserContextId: 'D' } })
  await between.tell({ ...page, id: 10, params: { ...page.params, url: 'about:srcdoc' } })
  t.strictSame(between.told.map(({ id }) => id), [8, 9, 10])
  await between.tell(page)
  await between.tell({ ...page, id: 11 })
  t.strictSame(between.told.map(({ id }) => id), [8, 9, 10, 11])
})

t.test('what the page says before it is given away is said afterwards, in its order', async t => {
  const between = new Between()
  await between.made()
  const word = { method: 'Inspector.targetCrashed', sessionId: 'S' }
  const other = { method: 'Target.attachedToTarget', params: { sessionId: 'S2', targetInfo: { browserContextId: 'other' } } } as Message
  await between.say(word, other)
  await between.tell(plain)
  await between.tell(page)
  t.strictSame(between.heard.map(({ id, method }) => id ?? method), ['Target.attachedToTarget', 5, 'Target.attachedToTarget', word.method, 6])
})

for (const isGiven of [false, true]) {
  t.test(`a page that goes before it was ${isGiven ? 'asked for' : 'given away with its context'} has never been there`, async t => {
    const between = new Between()
    await between.made()
    if (isGiven) await between.tell(plain)
    between.heard.length = 0
    await between.say({ method: 'Target.detachedFromTarget', params: { sessionId: 'S', targetId: 'T' } } as Message, { id: 12, result: {} })
    t.strictSame(between.heard, [{ id: 12, result: {} }], 'what came in one piece with it is passed on')
    t.ok(await between.isAlone())
  })
}

t.test('a page that goes before it is known to be there is none, and what is said of it stays between', async t => {
  const between = new Between()
  const made = makeSparePage(between.pipes)
  await turn()
  await between.say({ id: ids.context, result: { browserContextId: 'C' } })
  await between.say(attached, { method: 'Target.detachedFromTarget', params: { sessionId: 'S', targetId: 'T' } } as Message)
  await between.say({ id: ids.page, result: { targetId: 'T' } }, { id: 12, result: {} })
  await made
  t.strictSame(between.heard, [{ id: 12, result: {} }])
  t.ok(await between.isAlone())
})

t.test('pieces of messages at the beginning and at the end are passed on', async t => {
  const between = new Between()
  between.pipes.answers.write('{"id":')
  await turn()
  const made = makeSparePage(between.pipes)
  await turn()
  between.pipes.answers.write(`1}\0${JSON.stringify({ id: ids.context, error: { message: 'no contexts' } })}\0{"id"`)
  await t.rejects(made, { message: 'no page could be made beforehand: no contexts' })
  between.pipes.answers.write(':2}\0')
  await turn()
  t.strictSame(between.heard, [{ id: 1 }, { id: 2 }])
  t.ok(await between.isAlone())
})

t.test('a browser that goes while the page is made says so', async t => {
  const { pipes } = new Between()
  const made = makeSparePage(pipes)
  pipes.answers.destroy()
  await t.rejects(made, { message: 'the browser has gone' })
})

t.test('a Playwright that does not listen, or more than once, is left alone', async t => {
  const between = new Between()
  between.pipes.answers.on('data', () => {})
  await makeSparePage(between.pipes)
  t.strictSame(between.told, [])
})
