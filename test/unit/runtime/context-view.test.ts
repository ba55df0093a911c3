/** The view of one session on a shared browser: its classes by themselves, before a browser that says what the test wants. */
import { once } from 'node:events'
import t, { type Test } from 'tap'
import type { TargetInfo } from '../../../src/protocol/cdp.js'
import { Control } from '../../../src/runtime/context/control.js'
import type { Holds } from '../../../src/runtime/context/holds.js'
import { Targets } from '../../../src/runtime/context/targets.js'
import { Territory } from '../../../src/runtime/context/territory.js'
import { ViewClient } from '../../../src/runtime/context/view-client.js'
import { SaidBrowser, type Answers, type Message } from '../../support/said-browser.js'
import { until } from '../../support/until.js'

const infoOf = (targetId: string, browserContextId: string, type = 'page'): TargetInfo => ({ targetId, type, title: '', url: 'about:blank', browserContextId })

interface Seen {
  readonly holds: Holds
  readonly browser: SaidBrowser
  readonly territory: Territory
  readonly view: ViewClient
  readonly told: Message[]
  ended: number
  closed: number
  exposed: string[]
  say (command: Message | string): void
  answerTo (id: number): Promise<Message>
}

/** A session whose context is `home`, and which has the page `mine`; the page `theirs` is in another one. */
async function startView (t: Test, answers: Answers = {}): Promise<Seen> {
  const browser = await SaidBrowser.start(t, answers)
  const targets = await Targets.watch(browser.url)
  for (const [target, context] of [['mine', 'home'], ['theirs', 'strange']] as const) browser.say({ method: 'Target.targetCreated', params: { targetInfo: infoOf(target, context) } })
  await until('both are known', () => targets.known('theirs') !== undefined)
  const territory = new Territory(targets, { home: 'home', makeHome: () => Promise.reject(new Error('there is one')), acceptsInsecureCerts: false })
  const told: Message[] = []
  const client = { send: (text: string) => { told.push(JSON.parse(text) as Message) }, close: () => { seen.closed++ } }
  const view = new ViewClient({
    territory, client, holds: targets.holds, url: browser.url, level: 'browser', end: () => { seen.ended++ }, expose: (target, binding) => { seen.exposed.push(`${target} ${binding}`); return Promise.resolve() }
  })
  const seen: Seen = {
    holds: targets.holds,
    browser,
    territory,
    view,
    told,
    ended: 0,
    closed: 0,
    exposed: [],
    say: command => view.take(typeof command === 'string' ? command : JSON.stringify({ params: {}, ...command })),
    answerTo: async id => await until(`the answer to ${id}`, () => told.find(message => message['id'] === id))
  }
  seen.say({ id: 1, method: 'Browser.getVersion' })
  await seen.answerTo(1)
  browser.commands.length = 0
  t.teardown(() => view.close())
  return seen
}

t.test('Control: a call has its own answer, an error is one, and what was asked of a browser that goes is told so', async t => {
  const browser = await SaidBrowser.start(t, { good: ({ params }) => ({ got: params['n'] }), bad: () => ({ error: { code: 1, message: 'no' } }) })
  const events: string[] = []
  const control = await Control.connect(browser.url, ({ method, sessionId = '' }) => events.push(`${method} ${sessionId}`))
  t.strictSame(await Promise.all([control.call('good', { n: 1 }), control.call('good', { n: 2 }, 's')]), [{ got: 1 }, { got: 2 }])
  t.equal(browser.commands[1]?.sessionId, 's')
  await t.rejects(control.call('bad', {}), { message: 'no' })
  const ofS: string[] = []
  control.listen('s', ({ method }) => ofS.push(method))
  for (const event of [{ method: 'one', sessionId: 's' }, { method: 'two', sessionId: 'other' }, { method: 'Target.detachedFromTarget', params: { sessionId: 's' } }, { method: 'three', sessionId: 's' }]) browser.say(event)
  await until('the last one has come', () => events.includes('three s'))
  t.strictSame([ofS, events], [['one', 'Target.detachedFromTarget'], ['two other', 'three s']])
  browser.answers = { never: () => { browser.socket.terminate(); return {} } }
  await t.rejects(control.call('never', {}), { message: 'the browser has gone' })
  await control.closed
  await t.rejects(control.call('good', {}), { message: 'the browser has gone' })
})

t.test('Targets: on a display every page is put in front; each is known by its context', async t => {
  const browser = await SaidBrowser.start(t, { 'Target.getTargetInfo': ({ params }) => params['targetId'] === 'late' ? { targetInfo: infoOf('late', 'home') } : { error: { code: 1, message: 'none' } } })
  const targets = await Targets.watch(browser.url, true)
  browser.say({ method: 'Target.attachedToTarget', params: { sessionId: 'of-a', targetInfo: infoOf('a', 'home'), waitingForDebugger: true } })
  for (const info of [infoOf('a', 'home'), infoOf('w', 'home', 'service_worker'), infoOf('b', 'other')]) browser.say({ method: 'Target.targetCreated', params: { targetInfo: info } })
  await until('it runs', () => browser.commands.some(({ method, sessionId }) => method === 'Runtime.runIfWaitingForDebugger' && sessionId === 'of-a'))
  t.strictSame(browser.commands.filter(({ sessionId }) => sessionId === 'of-a').map(({ method }) => method), ['Emulation.setFocusEmulationEnabled', 'Runtime.runIfWaitingForDebugger'], 'it does not run before it is in front')
  await until('all are known', () => targets.known('b') !== undefined)
  t.strictSame([targets.pages.map(({ targetId }) => targetId), targets.pagesOf(new Set(['home'])).map(({ targetId }) => targetId)], [['b', 'a'], ['a']])
  t.strictSame([await targets.contextOf('b'), await targets.contextOf('late'), await targets.contextOf('never')], ['other', 'home', undefined])
  browser.say({ method: 'Target.targetDestroyed', params: { targetId: 'a' } })
  await until('it is forgotten', () => targets.known('a') === undefined)
})

t.test('Territory: the default context is made once, when somebody needs it, and tried again when it could not be made', async t => {
  const targets = await Targets.watch((await SaidBrowser.start(t)).url)
  const outcomes = [() => Promise.reject(new Error('no memory')), () => Promise.resolve('home')]
  let made = 0
  const territory = new Territory(targets, { makeHome: () => (outcomes[made++] ?? outcomes[1] as () => Promise<string>)(), acceptsInsecureCerts: false })
  t.equal(territory.home, '')
  await t.rejects(territory.settle(), { message: 'no memory' })
  await Promise.all([territory.settle(), territory.settle(), territory.rest()])
  await territory.settle()
  t.strictSame([territory.home, [...territory.contexts], made], ['home', ['home'], 2])
})

t.test('Territory: what is another session\'s stays so, asked for by id or not', async t => {
  const { territory } = await startView(t, { 'Browser.getWindowForTarget': ({ params }) => ({ windowId: params['targetId'] === 'mine' ? 7 : 8 }), 'Target.getTargetInfo': () => ({ targetInfo: infoOf('new', 'strange') }) })
  for (const window of [7, 8]) await territory.findWindow(window)
  await territory.findTarget('new')
  t.strictSame([7, 8].map(window => territory.ownsWindow(window)), [true, false])
  t.strictSame(['mine', 'theirs', 'new'].map(target => territory.ownsTarget(target)), [true, false, false])
  territory.addContext('strange')
  t.ok(territory.ownsTarget('theirs'))
  territory.dropContext('strange')
  t.notOk(territory.ownsTarget('theirs'))
})

t.test('a client\'s commands reach the browser as they were judged, under its own ids, in its order', async t => {
  const { browser, told, say, answerTo } = await startView(t, { 'Target.getTargetInfo': () => ({ targetInfo: infoOf('new', 'home') }), 'Target.createTarget': () => ({ targetId: 'made' }) })
  say('{"id":2,"method":"Browser.crash","method":"Browser.getVersion","params":{}}')
  say({ id: 3, method: 'Target.activateTarget', params: { targetId: 'new' } }) // the browser is asked whose it is, and what follows waits for that
  say({ id: 4, method: 'Target.createTarget', params: { url: 'about:blank' } })
  say({ id: 4, method: 'Target.activateTarget', params: { targetId: 'theirs' } })
  t.match(await answerTo(2), { result: {} })
  const both = await until('both with the same id are answered', () => {
    const answers = told.filter(({ id }) => id === 4)
    return answers.length === 2 && answers
  })
  t.match(both, [{ error: { message: 'No target with given id found' } }, { result: { targetId: 'made' } }])
  const { commands } = browser
  t.strictSame(commands.map(({ method }) => method), ['Browser.getVersion', 'Target.getTargetInfo', 'Target.activateTarget', 'Target.createTarget'])
  t.match(commands[3]?.params, { browserContextId: 'home' })
  say({ id: 5, method: 'Target.closeTarget', params: { targetId: 'made' } })
  t.match(await answerTo(5), { result: {} }, 'what it has made is its own before the browser has told of it')
})

t.test('ids below zero, which the view has for itself, are answered to as the client gave them', async t => {
  const { browser, told, say, answerTo } = await startView(t, { 'Target.createTarget': () => ({ targetId: 'made' }) })
  say({ id: -1, method: 'Browser.getVersion' })
  say({ id: 2, method: 'Target.createTarget', params: { url: 'about:blank' } })
  say({ id: -2, method: 'Browser.getVersion' })
  t.match([await answerTo(-1), await answerTo(2), await answerTo(-2)], [{ result: {} }, { result: { targetId: 'made' } }, { result: {} }])
  t.equal(new Set(browser.commands.map(({ id }) => id)).size, 3, 'each by another id of the view\'s')
  t.equal(told.filter(({ id }) => id !== 1).length, 3)
})

t.test('what is no command, of no session, or another\'s, is answered with an error, and the browser hears nothing of it', async t => {
  const { browser, told, say } = await startView(t)
  told.length = 0
  for (const text of ['no JSON', '[]', '{"id":"7","method":"Browser.getVersion"}', '{"id":5000000000,"method":"Browser.getVersion"}', '{"id":8,"method":7}', '{"id":9,"method":"Browser.getVersion","params":[1]}']) say(text)
  t.strictSame(told.map(({ id, error }) => [id, (error as { code: number }).code]), [[undefined, -32600], [undefined, -32600], ['7', -32600], [5000000000, -32600], [8, -32600], [9, -32600]])
  told.length = 0
  say({ id: 10, method: 'Page.reload', sessionId: 'guessed' })
  say({ id: 11, method: 'Target.attachToTarget', params: { targetId: 'theirs', flatten: true } })
  say({ id: 12, method: 'Tracing.start' })
  t.match(told, [{ id: 10, sessionId: 'guessed', error: { message: 'Session with given id not found.' } }, { id: 11, error: { message: 'No target with given id found' } }, { id: 12, error: { message: /acts on the whole browser/ } }])
  t.strictSame(browser.methods(), [])
})

t.test('targets of others are in no list and no event; those to which it is attached are let go', async t => {
  const { browser, told, say, answerTo } = await startView(t, { 'Target.getTargets': () => ({ targetInfos: [infoOf('mine', 'home'), infoOf('theirs', 'strange'), { ...infoOf('whole', ''), type: 'browser', browserContextId: undefined }] }) })
  say({ id: 2, method: 'Target.getTargets' })
  t.match(((await answerTo(2))['result'] as { targetInfos: TargetInfo[] }).targetInfos.map(({ targetId }) => targetId), ['mine', 'whole'])
  told.length = 0
  for (const [target, context] of [['mine', 'home'], ['theirs', 'strange']] as const) {
    browser.say({ method: 'Target.targetCreated', params: { targetInfo: infoOf(target, context) } })
    browser.say({ method: 'Target.targetInfoChanged', params: { targetInfo: infoOf(target, context) } })
    browser.say({ method: 'Target.attachedToTarget', params: { sessionId: `s-${target}`, targetInfo: infoOf(target, context) } })
    browser.say({ method: 'Target.targetCrashed', params: { targetId: target } })
    browser.say({ method: 'Target.detachedFromTarget', params: { sessionId: `s-${target}` } })
    browser.say({ method: 'Target.targetDestroyed', params: { targetId: target } })
  }
  browser.say({ method: 'Page.loadEventFired', params: {}, sessionId: 's-mine' })
  await until('the last one has come', () => told.some(({ method }) => method === 'Page.loadEventFired'))
  t.strictSame(told.slice(0, -1).map(({ method }) => String(method).replace('Target.', '')), ['targetCreated', 'targetInfoChanged', 'attachedToTarget', 'targetCrashed', 'detachedFromTarget', 'targetDestroyed'])
  t.notOk(JSON.stringify(told).includes('theirs'))
  await until('it is let go', () => browser.commands.some(({ method, params }) => method === 'Target.detachFromTarget' && params['sessionId'] === 's-theirs'))
  t.notOk(told.some(({ id }) => id !== undefined), 'the answer to that is nobody\'s')
})

t.test('a stranger\'s page that waits is let go when its own session has let it run', async t => {
  const { browser, say, holds } = await startView(t)
  const attached = (target: string, context: string): void => browser.say({ method: 'Target.attachedToTarget', params: { sessionId: `s-${target}`, targetInfo: infoOf(target, context), waitingForDebugger: true } })
  const released: string[] = []
  holds.want({}, new Set(['home', 'strange']), true)
  attached('theirs', 'strange')
  attached('mine', 'home')
  holds.hold({ sessionId: 'another', targetInfo: infoOf('mine', 'home'), waitingForDebugger: true }, () => released.push('mine'))
  const run = { id: 2, method: 'Runtime.runIfWaitingForDebugger', sessionId: 's-mine' }
  await until('its session is known', () => { say(run); return browser.commands.some(({ sessionId }) => sessionId === 's-mine') })
  t.strictSame(released, ['mine'])
  t.notOk(browser.commands.some(({ sessionId }) => sessionId === 's-theirs'))
  holds.run('theirs')
  await until('it is let go', () => browser.methods().includes('Target.detachFromTarget'))
  t.strictSame(browser.commands.filter(({ sessionId, params }) => sessionId === 's-theirs' || params['sessionId'] === 's-theirs').map(({ method }) => method), ['Runtime.runIfWaitingForDebugger', 'Target.detachFromTarget'])
})

t.test('Browser.close ends the session; a page that is to speak DevTools does so before the next command', async t => {
  const seen = await startView(t)
  seen.say({ id: 2, method: 'Target.exposeDevToolsProtocol', params: { targetId: 'mine' } })
  seen.say({ id: 3, method: 'Browser.getVersion' })
  await seen.answerTo(3)
  t.strictSame(seen.exposed, ['mine cdp'])
  t.ok(seen.told.findIndex(({ id }) => id === 2) < seen.told.findIndex(({ id }) => id === 3))
  seen.say({ id: 4, method: 'Browser.close' })
  t.match(await seen.answerTo(4), { result: {} })
  t.strictSame([seen.ended, seen.browser.methods()], [1, ['Browser.getVersion']])
})

t.test('either side\'s end is the other one\'s', async t => {
  const gone = await startView(t)
  gone.browser.socket.terminate()
  await until('the client is told', () => gone.closed === 1)
  const left = await startView(t)
  const closed = once(left.browser.socket, 'close')
  left.view.close()
  await closed
})
