/**
 * What a client of DevTools may do in a browser that it shares with others of its user: the rules of the view, as pure functions.
 * A command is passed on, given its context, answered in the browser's place, or refused. What is not known to stay within a session is refused.
 */
import type { CdpCommand, Params } from './cdp.js'

/** Where a command acts: on the browser, or on a page, frame or worker. */
export type Level = 'browser' | 'target'

/** What belongs to the session. */
export interface Sight {
  /** The context that stands for the browser's default one; empty as long as nobody needs it. */
  readonly home: string
  /** All of its contexts, home among them. */
  readonly contexts: ReadonlySet<string>
  /** Whether the browser was launched so, for all who share it. */
  readonly acceptsInsecureCerts: boolean
  ownsTarget (id: string): boolean
  ownsWindow (id: number): boolean
}

export type Verdict =
  | { readonly do: 'pass', readonly params: Params }
  /** The browser is not asked. */
  | { readonly do: 'answer', readonly result: object }
  | { readonly do: 'refuse', readonly why: string }
  /** `Browser.close`: the session ends, and not the browser. */
  | { readonly do: 'end' }
  /** `Target.exposeDevToolsProtocol`: the page gets DevTools by this view. */
  | { readonly do: 'expose', readonly target: string, readonly binding: string }

/** Targets and windows that a command names: whose they are has to be known before it is judged. */
export function namedTarget ({ params }: CdpCommand): string | undefined {
  const id = params['targetId']
  return typeof id === 'string' ? id : undefined
}

export function namedWindow ({ params }: CdpCommand): number | undefined {
  const id = params['windowId']
  return typeof id === 'number' ? id : undefined
}

/** Whether a command is about the default context: there has to be one before it is judged. */
export function needsHome ({ method, params }: CdpCommand): boolean {
  return ofHome.has(method) && params['browserContextId'] === undefined
}

export function judge (command: CdpCommand, level: Level, sight: Sight): Verdict {
  const { method, params } = command
  const stranger = strangerIn(params, sight)
  if (stranger !== undefined) return refuse(stranger)
  const rule = rules.get(method)
  if (rule !== undefined) return rule(params, sight, level)
  const domain = method.slice(0, method.indexOf('.'))
  if (level === 'target' && ofTargets.has(domain)) return { do: 'pass', params }
  return refuse(`${method} ${level === 'browser' ? 'acts on the whole browser' : 'is not known to stay within one session'}, and this session shares its browser (isolation: context); ask for isolation: process, or container, to have it`)
}

/** In the words that Chrome has for what is not there. */
function strangerIn ({ targetId, browserContextId, windowId }: Params, sight: Sight): string | undefined {
  if (targetId !== undefined && !(typeof targetId === 'string' && sight.ownsTarget(targetId))) return 'No target with given id found'
  if (browserContextId !== undefined && !(typeof browserContextId === 'string' && sight.contexts.has(browserContextId))) return `Failed to find browser context with id ${typeof browserContextId === 'string' ? browserContextId : ''}`
  if (windowId !== undefined && !(typeof windowId === 'number' && sight.ownsWindow(windowId))) return 'Browser window not found'
  return undefined
}

type Rule = (params: Params, sight: Sight, level: Level) => Verdict

const pass: Rule = params => ({ do: 'pass', params })
const inContext: Rule = (params, { home }) => home === '' && params['browserContextId'] === undefined ? refuse('there is no default context') : { do: 'pass', params: { browserContextId: home, ...params } }
const flat: Rule = params => params['flatten'] === true ? { do: 'pass', params } : refuse('only flat sessions are to be had where a browser is shared: say flatten: true')

/** Commands that are given the default context where they name none. */
const contextual = [
  'Browser.grantPermissions', 'Browser.resetPermissions', 'Browser.setPermission', 'Browser.setDownloadBehavior', 'Browser.cancelDownload',
  'Storage.getCookies', 'Storage.setCookies', 'Storage.clearCookies'
]

/** The same, where more is to be judged, and the one that asks which context that is. */
const ofHome: ReadonlySet<string> = new Set([...contextual, 'Target.createTarget', 'Target.getBrowserContexts'])

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...contextual.map((method): [string, Rule] => [method, inContext]),
  ['Browser.getVersion', pass],
  ['Browser.getBrowserCommandLine', pass],
  ['Browser.getWindowForTarget', pass],
  ['Browser.getWindowBounds', pass],
  ['Browser.setWindowBounds', pass],
  ['Browser.setContentsSize', pass],
  ['Browser.close', () => ({ do: 'end' })],
  ['IO.read', pass],
  ['IO.close', pass],
  ['Schema.getDomains', pass],
  ['Security.setIgnoreCertificateErrors', (params, { acceptsInsecureCerts }, level) => level === 'target' ? { do: 'pass', params } : params['ignore'] === acceptsInsecureCerts ? { do: 'answer', result: {} } : refuse('certificates are checked, or not, for the whole browser, which this session shares: ask for acceptInsecureCerts in its capabilities')],
  ['Target.getTargets', pass],
  ['Target.getTargetInfo', pass],
  ['Target.activateTarget', pass],
  ['Target.closeTarget', pass],
  ['Target.attachToTarget', flat],
  ['Target.attachToBrowserTarget', pass],
  ['Target.detachFromTarget', pass],
  ['Target.setAutoAttach', (params, sight, level) => params['autoAttach'] === true ? flat(params, sight, level) : pass(params, sight, level)],
  ['Target.autoAttachRelated', pass],
  ['Target.setDiscoverTargets', pass],
  ['Target.createTarget', (params, sight, level) => isOfTheBrowser(params['url']) ? refuse(browserPage(params['url'])) : inContext(params, sight, level)],
  ['Target.createBrowserContext', pass],
  ['Target.getBrowserContexts', (_params, { contexts, home }) => ({ do: 'answer', result: { browserContextIds: [...contexts].filter(id => id !== home), defaultBrowserContextId: home } })],
  ['Target.disposeBrowserContext', (params, { home }) => params['browserContextId'] === home ? refuse('Failed to dispose default browser context') : { do: 'pass', params }],
  ['Target.exposeDevToolsProtocol', ({ targetId, bindingName = 'cdp' }) => typeof targetId === 'string' && typeof bindingName === 'string' ? { do: 'expose', target: targetId, binding: bindingName } : refuse('No target with given id found')],
  ['Page.navigate', params => isOfTheBrowser(params['url']) ? refuse(browserPage(params['url'])) : { do: 'pass', params }],
  ['Memory.getDOMCounters', pass],
  ['Memory.getDOMCountersForLeakDetection', pass],
  ['Memory.prepareForLeakDetection', pass]
])

/** Domains whose commands act on the target that they are sent to, and on its own context. */
const ofTargets: ReadonlySet<string> = new Set([
  'Accessibility', 'Animation', 'Audits', 'Autofill', 'BackgroundService', 'BluetoothEmulation', 'CSS', 'CacheStorage', 'Cast', 'Console', 'CrashReportContext', 'DOM', 'DOMDebugger',
  'DOMSnapshot', 'DOMStorage', 'Database', 'Debugger', 'DeviceAccess', 'DeviceOrientation', 'Emulation', 'EventBreakpoints', 'FedCm', 'Fetch', 'FileSystem', 'HeadlessExperimental',
  'HeapProfiler', 'IndexedDB', 'Input', 'Inspector', 'IO', 'LayerTree', 'Log', 'Media', 'Network', 'Overlay', 'Page', 'Performance', 'PerformanceTimeline', 'Preload', 'Profiler',
  'Runtime', 'Security', 'ServiceWorker', 'Storage', 'WebAudio', 'WebAuthn'
])

/** Addresses of chrome:// that harm their own renderer only. Pages of it are none: from one of them a script reaches the others. */
const harmless: ReadonlySet<string> = new Set(['crash', 'hang', 'shorthang', 'kill', 'memory-exhaust'])

/** Whether an address steers or shows the browser as a whole, such as chrome://quit. */
function isOfTheBrowser (url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { protocol, host, pathname } = new URL(url.replace(/^\s*view-source:/i, ''))
  if (protocol === 'about:') return pathname !== 'blank' && pathname !== 'srcdoc'
  return ['chrome:', 'chrome-untrusted:', 'devtools:', 'chrome-devtools:'].includes(protocol) && !harmless.has(host)
}

function browserPage (url: unknown): string {
  return `${String(url)} belongs to the whole browser, and this session shares its browser (isolation: context)`
}

function refuse (why: string): Verdict {
  return { do: 'refuse', why }
}
