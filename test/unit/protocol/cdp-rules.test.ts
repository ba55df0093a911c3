/** What a client of DevTools may do in a browser that it shares: its own, and nothing else. */
import t from 'tap'
import { judge, needsHome, type Level, type Sight } from '../../../src/protocol/cdp-rules.js'
import { parseCommand, type Params } from '../../../src/protocol/cdp.js'

const sight: Sight = {
  home: 'HOME',
  contexts: new Set(['HOME', 'SECOND']),
  acceptsInsecureCerts: false,
  ownsTarget: id => id.startsWith('OWN'),
  ownsWindow: id => id === 1
}

const verdict = (method: string, params: Params = {}, level: Level = 'browser'): ReturnType<typeof judge> => judge({ id: 1, method, params }, level, sight)
const passes = (method: string, params?: Params, level?: Level): boolean => verdict(method, params, level).do === 'pass'

t.test('what names a target, a context or a window of somebody else finds nothing, in Chrome\'s own words', async t => {
  for (const level of ['browser', 'target'] as const) {
    for (const method of ['Target.attachToTarget', 'Target.getTargetInfo', 'Target.closeTarget', 'Target.activateTarget', 'Target.autoAttachRelated', 'Target.exposeDevToolsProtocol', 'Browser.getWindowForTarget', 'Target.openDevTools']) {
      t.strictSame(verdict(method, { targetId: 'OTHER', flatten: true }, level), { do: 'refuse', why: 'No target with given id found' }, method)
    }
    for (const method of ['Target.disposeBrowserContext', 'Target.createTarget', 'Storage.getCookies', 'Storage.setCookies', 'Storage.clearCookies', 'Browser.grantPermissions', 'Browser.setDownloadBehavior', 'Browser.cancelDownload']) {
      t.match(verdict(method, { browserContextId: 'OTHER' }, level), { do: 'refuse', why: 'Failed to find browser context with id OTHER' }, method)
    }
    for (const method of ['Browser.getWindowBounds', 'Browser.setWindowBounds', 'Browser.setContentsSize']) t.strictSame(verdict(method, { windowId: 2 }, level), { do: 'refuse', why: 'Browser window not found' }, method)
    for (const strange of [{ targetId: ['OWN'] }, { targetId: null }, { targetId: 7 }, { browserContextId: { toString: 'HOME' } }, { browserContextId: '' }, { windowId: '1' }]) t.equal(verdict('Page.reload', strange, level).do, 'refuse', JSON.stringify(strange))
  }
})

t.test('what acts on the whole browser is refused, and the words say how to have it', async t => {
  const refused = ['Browser.crash', 'Browser.crashGpuProcess', 'Browser.getHistograms', 'Browser.executeBrowserCommand', 'SystemInfo.getInfo', 'SystemInfo.getProcessInfo', 'Tracing.start', 'Memory.simulatePressureNotification', 'Extensions.loadUnpacked', 'Target.setRemoteLocations', 'Target.sendMessageToTarget', 'Tethering.bind', 'PWA.install', 'Nonsense.all', 'nonsense', '']
  for (const method of refused) for (const level of ['browser', 'target'] as const) t.match(verdict(method, {}, level), { do: 'refuse', why: /isolation: process/ }, `${method} at a ${level}`)
  for (const method of ['Fetch.enable', 'Network.enable', 'Storage.clearDataForOrigin', 'Page.enable', 'Input.dispatchKeyEvent']) {
    t.match(verdict(method), { do: 'refuse', why: /acts on the whole browser/ }, `${method} at the browser`)
    t.ok(passes(method, {}, 'target'), `${method} at a page`)
  }
})

t.test('as long as there is no default context, what would be meant for it is refused, and it is said that one is needed', async t => {
  const without = { ...sight, home: '', contexts: new Set(['SECOND']) }
  for (const method of ['Target.createTarget', 'Storage.getCookies', 'Storage.setCookies', 'Storage.clearCookies', 'Browser.grantPermissions', 'Browser.resetPermissions', 'Browser.setPermission', 'Browser.setDownloadBehavior', 'Browser.cancelDownload']) {
    for (const level of ['browser', 'target'] as const) {
      const named = { id: 1, method, params: { browserContextId: 'SECOND' } }
      t.match([needsHome(named), judge(named, level, without)], [false, { do: 'pass', params: { browserContextId: 'SECOND' } }], method)
      const unnamed = { id: 1, method, params: {} }
      t.match([needsHome(unnamed), judge(unnamed, level, without)], [true, { do: 'refuse' }], method)
      t.match(judge({ id: 1, method, params: { browserContextId: '' } }, level, without), { do: 'refuse' })
    }
  }
  t.equal(needsHome({ id: 1, method: 'Target.getBrowserContexts', params: {} }), true)
  t.equal(needsHome({ id: 1, method: 'Page.reload', params: {} }), false)
})

t.test('what can be meant for a context is meant for the session\'s', async t => {
  for (const method of ['Target.createTarget', 'Storage.getCookies', 'Storage.setCookies', 'Storage.clearCookies', 'Browser.grantPermissions', 'Browser.resetPermissions', 'Browser.setPermission', 'Browser.setDownloadBehavior']) {
    for (const level of ['browser', 'target'] as const) {
      t.strictSame(verdict(method, { url: 'about:blank' }, level), { do: 'pass', params: { browserContextId: 'HOME', url: 'about:blank' } }, method)
      t.strictSame(verdict(method, { browserContextId: 'SECOND' }, level), { do: 'pass', params: { browserContextId: 'SECOND' } }, `${method} in one that it made`)
    }
  }
  t.strictSame(verdict('Target.getBrowserContexts'), { do: 'answer', result: { browserContextIds: ['SECOND'], defaultBrowserContextId: 'HOME' } })
  t.match(verdict('Target.disposeBrowserContext', { browserContextId: 'HOME' }), { do: 'refuse', why: /default/ })
  t.ok(passes('Target.disposeBrowserContext', { browserContextId: 'SECOND' }))
})

t.test('Browser.close ends the session, and not the browser', async t => {
  for (const level of ['browser', 'target'] as const) t.strictSame(verdict('Browser.close', {}, level), { do: 'end' })
})

t.test('sessions of targets are flat: what is said in others could not be judged', async t => {
  t.match(verdict('Target.attachToTarget', { targetId: 'OWN' }), { do: 'refuse', why: /flatten: true/ })
  t.ok(passes('Target.attachToTarget', { targetId: 'OWN', flatten: true }))
  t.match(verdict('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false }), { do: 'refuse', why: /flatten: true/ })
  t.ok(passes('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }))
  t.ok(passes('Target.setAutoAttach', { autoAttach: false, waitForDebuggerOnStart: false }))
})

t.test('pages that steer or show the whole browser are not to be opened', async t => {
  const refused = ['chrome://quit', 'chrome://restart', 'chrome://inducebrowsercrashforrealz', 'CHROME://QUIT/', ' chrome://settings', 'view-source:chrome://settings', 'VIEW-SOURCE: chrome://quit', 'about:quit', 'about:inducebrowsercrashforrealz', 'chrome-untrusted://terminal', 'devtools://devtools/bundled/inspector.html', 'chrome:quit', 'chrome://version', 'chrome://dino', '\tchrome://\nquit']
  for (const url of refused) {
    t.equal(verdict('Page.navigate', { url }, 'target').do, 'refuse', url)
    t.equal(verdict('Target.createTarget', { url }).do, 'refuse', url)
  }
  for (const url of ['about:blank', 'about:srcdoc', 'about:blank#chrome', 'https://chrome.example/chrome://quit', 'data:text/html,chrome://quit', 'chrome://crash', 'file:///tmp', 'view-source:https://a.example', 'no address', 'blob:https://a.example/1']) t.ok(passes('Page.navigate', { url }, 'target'), url)
})

t.test('certificates are checked as the browser was launched', async t => {
  t.strictSame(verdict('Security.setIgnoreCertificateErrors', { ignore: false }), { do: 'answer', result: {} })
  t.equal(verdict('Security.setIgnoreCertificateErrors', { ignore: true }).do, 'refuse')
  t.ok(passes('Security.setIgnoreCertificateErrors', { ignore: true }, 'target'), 'for a page of its own as it likes')
})

t.test('what is no command is none, and ids of the view are the view\'s', async t => {
  for (const text of ['', '[]', 'null', '1', '{}', '{"id":1}', '{"id":"1","method":"A.b"}', '{"id":1.5,"method":"A.b"}', '{"id":2147483648,"method":"A.b"}', '{"id":-2147483649,"method":"A.b"}', '{"id":1,"method":"A.b","params":[1]}', '{"id":1,"method":"A.b","params":"x"}', '{"id":1,"method":"A.b","sessionId":1}', '{"id":1,"method":["A.b"]}', '{"id":1,"method":"A.b"} {}']) t.equal(parseCommand(text), undefined, text)
  for (const id of [0, -1, 2 ** 31 - 1, -(2 ** 31)]) t.equal(parseCommand(JSON.stringify({ id, method: 'A.b' }))?.id, id)
  for (const params of ['', ',"params":null', ',"params":[]', ',"params":{}']) t.strictSame(parseCommand(`{"id":1,"method":"A.b"${params}}`), { id: 1, method: 'A.b', params: {} }, params)
  t.strictSame(parseCommand('{"id":1,"method":"Browser.crash","method":"Browser.getVersion","extra":1}'), { id: 1, method: 'Browser.getVersion', params: {} }, 'of two methods the one that is sent on is the one that is judged')
})
