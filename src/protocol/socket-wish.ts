/** What a WebSocket that names no session asks for, by its path, query and headers: the paths that browserless, Moon and Chrome itself have. */
import type { Capabilities } from './capabilities.js'
import { launchArguments, parsed } from './launch-query.js'
import { launchOptions, playwrightVersionOf } from './playwright.js'
import { WebDriverError } from './errors.js'

/** The parts of a request that say it. */
export interface SocketRequest {
  /** Path and query. */
  readonly target: string
  /** By its name in lower case. */
  header (name: string): string | undefined
}

export type SocketWish =
  /** DevTools of a new browser, or of one that the user has. */
  | { readonly door: 'cdp', readonly browser: string, readonly wish: Capabilities }
  /** DevTools of a page: one that the user has, or the first one of a new browser, with an address to go to. */
  | { readonly door: 'page', readonly page: string, readonly url: string | undefined, readonly wish: Capabilities }
  /** `version` is undefined when the client says none: any will do. */
  | { readonly door: 'playwright', readonly browser: string, readonly version: string | undefined, readonly options: object, readonly wish: Capabilities }
  /** WebDriver BiDi; what is wanted comes with the first message. */
  | { readonly door: 'bidi' }

/** Where DevTools are reached besides the root. */
export const devtoolsPrefixes = ['/cdp', '/chromium', '/chrome', '/wd/hub'] as const

const playwrightBrowsers = ['chromium', 'chrome', 'firefox', 'webkit', 'msedge']

/** @returns undefined for a path at which there are no sockets @throws WebDriverError `invalid argument` */
export function socketWish (request: SocketRequest): SocketWish | undefined {
  const at = request.target.indexOf('?')
  const query = new URLSearchParams(at < 0 ? '' : request.target.slice(at))
  const parts = (at < 0 ? request.target : request.target.slice(0, at)).split('/').filter(part => part !== '')
  if (isPlaywright(parts, request)) return playwrightWish(parts, query, request)
  const path = `/${parts.join('/')}`
  if (path === '/session' || path === '/wd/hub/session') return { door: 'bidi' }
  const prefix = devtoolsPrefixes.find(prefix => path === prefix || path.startsWith(`${prefix}/`)) ?? ''
  return devtoolsWish(path.slice(prefix === '' ? 1 : prefix.length + 1), query)
}

/** @param path behind the prefix, without its first slash */
function devtoolsWish (path: string, query: URLSearchParams): SocketWish | undefined {
  const [devtools, kind, id = '', ...more] = path.split('/')
  const wish = { browserName: 'chrome', ...launchArguments(query) }
  if (path === '') return { door: 'cdp', browser: '', wish }
  if (devtools !== 'devtools' || more.length > 0) return undefined
  if (kind === 'browser') return { door: 'cdp', browser: id, wish }
  return kind === 'page' && id !== '' ? { door: 'page', page: id, url: query.get('url') ?? undefined, wish } : undefined
}

/** `/playwright[/<browser>[/<version>]]`, `/<browser>/playwright`; and the root, when Playwright's own client says so. */
function isPlaywright (parts: readonly string[], request: SocketRequest): boolean {
  if (parts.length === 0) return request.header('x-playwright-browser') !== undefined
  const at = parts.indexOf('playwright')
  if (at === 0) return parts.length <= 3 && (parts.length === 1 || parts[1] === 'playwright' || playwrightBrowsers.includes(parts[1] ?? ''))
  return at === 1 && parts.length <= 3 && playwrightBrowsers.includes(parts[0] ?? '')
}

function playwrightWish (parts: readonly string[], query: URLSearchParams, request: SocketRequest): SocketWish {
  if ((request.header('x-playwright-proxy') ?? '') !== '') throw new WebDriverError('unsupported operation', 'exposeNetwork is not available: let the browser reach the network by itself, or by the launch option proxy')
  const named = parts.find(part => playwrightBrowsers.includes(part)) ?? query.get('browser') ?? request.header('x-playwright-browser') ?? 'chromium'
  const { browserName: _, ...grid } = launchArguments(new URLSearchParams([...query].filter(([name]) => name === 'timeout' || name === 'isolation')))
  return {
    door: 'playwright',
    browser: named === 'chromium' ? 'chrome' : named,
    version: playwrightVersionOf(request.header('user-agent')) ?? /(\d+\.\d+)/.exec(parts[2] ?? '')?.[1],
    options: launchOptions(parsed(query.get('launch-options') ?? query.get('launch') ?? request.header('x-playwright-launch-options') ?? '{}')),
    wish: grid
  }
}
