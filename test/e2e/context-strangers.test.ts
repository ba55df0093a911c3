/** An attacker with a DevTools socket, whose session shares a browser with another one: what is that one's is neither seen nor touched. */
import { connect } from 'node:net'
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { DevToolsClient } from '../support/devtools-client.js'
import { browserOf } from '../support/processes.js'
import { startSite } from '../support/site.js'
import { refusedSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession, type RawSession } from '../support/webdriver.js'

interface Info { readonly targetId: string, readonly type: string, readonly url: string, readonly browserContextId: string }

const site = await startSite(t)
const grid = await startGrid(t, { isolation: 'context', 'pool.size': 4, 'pool.warm': 0 })
const victim = await newSession(grid.hub)
await victim.do('POST /url', { url: `${site}/other?secret` })
await victim.do('POST /cookie', { cookie: { name: 'secret', value: '42' } })
const victimTools = await DevToolsClient.connect(victim.capabilities['se:cdp'])
const theirs = await pageOf(victimTools)
const { windowId: theirWindow } = await victimTools.call('Browser.getWindowForTarget', { targetId: theirs.targetId })
const attacker = await newSession(grid.hub)
const tools = await DevToolsClient.connect(attacker.capabilities['se:cdp'])
const ours = await pageOf(tools)
const { sessionId } = await tools.call('Target.attachToTarget', { targetId: ours.targetId, flatten: true })
const page = String(sessionId)
t.equal(browserOf(attacker), browserOf(victim), 'they do share a browser')

async function pageOf (client: DevToolsClient): Promise<Info> {
  const { targetInfos } = await client.call('Target.getTargets') as { targetInfos: Info[] }
  const found = targetInfos.find(({ type }) => type === 'page')
  if (found === undefined) throw new Error('there is no page')
  return found
}

/** From the browser's session, and from a page's. */
const levels = [undefined, page]

async function isUntouched (session: RawSession = victim): Promise<boolean> {
  const cookies = await session.do<{ name: string }[]>('GET /cookie')
  const handles = await session.do<string[]>('GET /window/handles')
  return handles.includes(theirs.targetId) && cookies.some(({ name }) => name === 'secret') && await session.do('GET /url') === `${site}/other?secret`
}

t.test('lists and searches show what is one\'s own', async t => {
  for (const level of levels) {
    for (const params of [{}, { filter: [{ type: 'tab', exclude: true }, {}] }, { filter: [{ type: 'page', exclude: true }, {}] }]) {
      const answer = await tools.call('Target.getTargets', params, level).catch(({ message }: Error) => ({ message }))
      t.notMatch(JSON.stringify(answer), theirs.browserContextId)
      t.notMatch(JSON.stringify(answer), 'secret')
    }
  }
  const { browserContextIds } = await tools.call('Target.getBrowserContexts')
  t.strictSame(browserContextIds, [])
  const { body } = await call(`GET ${grid.hub}/session/${attacker.id}/se/cdp/json/list`)
  t.match(body, [{ id: ours.targetId }])
  t.equal((body as object[]).length, 1)
})

t.test('ids that are given twice confuse nobody', async t => {
  const before = tools.texts.length
  for (let i = 0; i < 20; i++) {
    for (const method of ['Browser.getVersion', 'Target.getTargets', 'Browser.getVersion', 'Target.getTargets', 'Nonsense.all']) tools.socket.send(JSON.stringify({ id: 1_000_000, method, params: {}, ...i % 2 === 0 ? {} : { sessionId: page } }))
  }
  await until('all are answered', () => tools.texts.length >= before + 100)
  const said = tools.texts.slice(before)
  t.ok(said.every(text => text.includes('"id":1000000')))
  t.equal(said.filter(text => text.includes('targetInfos')).length, 40)
  t.notMatch(said.join('\n'), theirs.browserContextId)
})

t.test('targets, contexts and windows of others are not there', async t => {
  for (const level of levels) {
    for (const [method, params] of [
      ['Target.attachToTarget', { targetId: theirs.targetId, flatten: true }], ['Target.attachToTarget', { targetId: theirs.targetId, flatten: false }], ['Target.getTargetInfo', { targetId: theirs.targetId }],
      ['Target.closeTarget', { targetId: theirs.targetId }], ['Target.activateTarget', { targetId: theirs.targetId }], ['Target.exposeDevToolsProtocol', { targetId: theirs.targetId }],
      ['Target.autoAttachRelated', { targetId: theirs.targetId, waitForDebuggerOnStart: true }], ['Target.createTarget', { url: 'about:blank', browserContextId: theirs.browserContextId }],
      ['Target.disposeBrowserContext', { browserContextId: theirs.browserContextId }], ['Storage.getCookies', { browserContextId: theirs.browserContextId }],
      ['Storage.clearCookies', { browserContextId: theirs.browserContextId }], ['Storage.setCookies', { browserContextId: theirs.browserContextId, cookies: [{ name: 'x', value: 'y', url: site }] }],
      ['Browser.setDownloadBehavior', { behavior: 'deny', browserContextId: theirs.browserContextId }], ['Browser.grantPermissions', { permissions: ['midi'], browserContextId: theirs.browserContextId }],
      ['Browser.getWindowForTarget', { targetId: theirs.targetId }], ['Browser.getWindowBounds', { windowId: theirWindow }], ['Browser.setWindowBounds', { windowId: theirWindow, bounds: { width: 300, height: 300 } }]
    ] as const) await t.rejects(tools.call(method, params, level), { message: /No target with given id|Failed to find browser context|Browser window not found/ }, `${method} from ${level === undefined ? 'the browser' : 'a page'}`)
  }
  t.match(JSON.stringify(await tools.call('Storage.getCookies')), /^\{"cookies":\[\]\}$/, 'of all cookies only one\'s own')
  t.ok(await isUntouched())
})

t.test('what acts on the whole browser is refused', async t => {
  for (const level of levels) {
    for (const method of ['Browser.crash', 'Browser.crashGpuProcess', 'Tracing.start', 'Tracing.getCategories', 'SystemInfo.getInfo', 'SystemInfo.getProcessInfo', 'Memory.simulatePressureNotification', 'Extensions.loadUnpacked', 'Target.setRemoteLocations', 'Browser.getHistograms', 'PWA.getOsAppState']) {
      await t.rejects(tools.call(method, {}, level), { message: /isolation: process/ }, method)
    }
  }
  const { sessionId: browser } = await tools.call('Target.attachToBrowserTarget')
  await t.rejects(tools.call('Browser.crash', {}, String(browser)), { message: /isolation: process/ }, 'by a session of the browser\'s own target, too')
  t.match((await tools.call('Target.getTargets', {}, String(browser)))['targetInfos'], [{ targetId: ours.targetId }])
})

t.test('sessions that are not one\'s own are not there, however they are called', async t => {
  const { sessionId: forged } = await victimTools.call('Target.attachToTarget', { targetId: theirs.targetId, flatten: true })
  for (const id of [String(forged), '', 'x', '0'.repeat(32), '__proto__', theirs.targetId]) {
    const said = tools.call('Runtime.evaluate', { expression: 'document.cookie' }, id)
    await t.rejects(said, { message: id === '' ? /whole browser/ : /Session with given id not found/ }, id)
  }
})

t.test('one who wants to hear of all targets, and to be attached to all, hears of one\'s own', async t => {
  const before = tools.texts.length
  await tools.call('Target.setDiscoverTargets', { discover: true, filter: [{ type: 'tab', exclude: true }, {}] })
  await tools.call('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter: [{ type: 'tab', exclude: true }, {}] })
  const { handle } = await victim.do<{ handle: string }>('POST /window/new', { type: 'window' })
  await victim.do('POST /window', { handle })
  await victim.do('POST /url', { url: `${site}/other?quiet` })
  await victim.do('DELETE /window')
  await victim.do('POST /window', { handle: theirs.targetId })
  const { targetId } = await tools.call('Target.createTarget', { url: 'about:blank' })
  await until('its own new page is told of', () => tools.events.some(({ method, params }) => method === 'Target.attachedToTarget' && (params['targetInfo'] as Info).targetId === targetId))
  const said = tools.texts.slice(before).join('\n')
  t.notMatch(said, theirs.browserContextId)
  t.notMatch(said, handle)
  t.notMatch(said, 'quiet')
  t.ok(await isUntouched(), 'and nobody waits for a debugger')
  await tools.call('Target.setAutoAttach', { autoAttach: false, waitForDebuggerOnStart: false, flatten: true })
})

t.test('a page\'s own socket, and DevTools by HTTP, lead to one\'s own pages only', async t => {
  const base = `${grid.hub}/session/${attacker.id}/se/cdp`
  t.match(await refusedSocket(`${ws(base)}/devtools/page/${theirs.targetId}`), { status: 404 })
  for (const command of ['close', 'activate']) t.match(await call(`GET ${base}/json/${command}/${theirs.targetId}`), { status: 404 })
  const own = await DevToolsClient.connect(`${ws(base)}/devtools/page/${ours.targetId}`)
  t.match(await own.call('Runtime.evaluate', { expression: '6 * 7' }), { result: { value: 42 } })
  await t.rejects(own.call('Target.attachToTarget', { targetId: theirs.targetId, flatten: true }), { message: /No target/ })
  await t.rejects(own.call('Browser.crash'), { message: /isolation: process/ })
  own.socket.close()
  t.ok(await isUntouched())
})

t.test('pages of the browser itself are not to be opened, by WebDriver either', async t => {
  for (const url of ['chrome://quit', 'chrome://restart', 'chrome://inducebrowsercrashforrealz', 'about:quit', 'view-source:chrome://quit']) {
    await t.rejects(attacker.do('POST /url', { url }), url)
    await t.rejects(tools.call('Target.createTarget', { url }), { message: /whole browser/ }, url)
  }
  t.ok(await isUntouched())
})

t.test('a page to which DevTools are exposed sees what its session sees', async t => {
  await tools.call('Target.exposeDevToolsProtocol', { targetId: ours.targetId, bindingName: 'tools' })
  const ask = async (command: object): Promise<string> => {
    const { result } = await tools.call('Runtime.evaluate', { expression: `new Promise(done => { tools.onmessage = done; tools.send(${JSON.stringify(JSON.stringify(command))}) })`, awaitPromise: true }, page)
    return (result as { value: string }).value
  }
  t.match(await ask({ id: 1, method: 'Browser.getVersion' }), /"product":/)
  const targets = await ask({ id: 2, method: 'Target.getTargets' })
  t.match(targets, ours.targetId)
  t.notMatch(targets, theirs.targetId)
  t.match(await ask({ id: 3, method: 'Browser.crash' }), /isolation: process/)
})

t.test('a client of the grid that is no browser\'s page is not asked where it comes from; a page is', async t => {
  const { port } = new URL(`http://${(attacker.capabilities['goog:chromeOptions'] as { debuggerAddress: string }).debuggerAddress}`)
  t.match(await call(`GET http://127.0.0.1:${port}/json/version`, { headers: { Host: 'evil.example' } }), { status: 500, body: /Host header/ })
  const { body } = await call<{ webSocketDebuggerUrl: string }>(`GET http://127.0.0.1:${port}/json/version`)
  for (const path of ['/devtools/../json/list', '/devtools/%2e%2e/json/list', '/devtools/x/..\\..\\json/list', '/devtools//../../json/list', `/devtools/../json/close/${theirs.targetId}`, '//json/list', '/json/../json/list/../../json/list']) {
    const said = await rawGet(Number(port), path)
    t.notMatch(said, theirs.targetId, path)
    t.notMatch(said, 'secret', path)
  }
  t.ok(await isUntouched())
  t.match(await refusedSocket(body.webSocketDebuggerUrl, { headers: { Origin: 'http://evil.example' } }), { status: 403 })
  t.match(await refusedSocket(body.webSocketDebuggerUrl, { headers: { Host: 'evil.example' } }), { status: 403 })
})

/** The whole answer to a path as it is. */
async function rawGet (port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  let said = ''
  for await (const chunk of socket.setEncoding('latin1')) said += chunk
  return said
}

t.test('Browser.close ends one\'s own session', async t => {
  await tools.call('Browser.close').catch(() => {})
  await until('it has ended', async () => await attacker.do('GET /title').then(() => false, () => true))
  t.ok(await isUntouched())
  await victim.quit()
})
