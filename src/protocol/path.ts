/** Recognises the requests that belong to a session, for the hot path: no regular expression, nothing allocated but the parts. */
import type { Door } from './remote-end.js'
import { routeLength, type SessionId } from './session-id.js'

export interface SessionPath {
  readonly id: SessionId
  readonly door: Door
  /** What follows the session id, without its query, which no command has. For a socket the path at its upstream when it is not the upstream's own, else empty. */
  readonly rest: string
}

/** Before a session id: the W3C's path, Selenium Hub's, Selenoid's for DevTools and for displays, and behind a session's own `webdriverUrl`. */
const plain = '/session/'
const hub = '/wd/hub/session/'
const selenoid = '/devtools/'
const screens = '/vnc/'
const claimed = '/api/sessions/'
const claimedTail = '/webdriver/session/'

/** Shortest id of a driver; chromedriver's have 32 characters. */
const shortestDriverSession = 8

/**
 * @param target path and query of a request
 * @param socket whether a WebSocket is asked for
 * @returns undefined when the path is no session's
 */
export function parsePath (target: string, socket: boolean): SessionPath | undefined {
  const start = idStart(target, socket)
  if (start < 0) return undefined
  const end = idEnd(target, start)
  if (end < 0) return undefined
  const id = target.slice(start, end)
  const query = target.indexOf('?', end)
  const path = query < 0 ? target.slice(end) : target.slice(end, query)
  if (!socket) return { id, door: 'webdriver', rest: path }
  if (target.startsWith(selenoid)) return devtoolsPath(id, path)
  if (target.startsWith(screens)) return path === '' || path === '/' ? { id, door: 'vnc', rest: '' } : undefined
  return socketPath(id, path)
}

/** The id in other paths that are about one session: the REST API's, and below `/session/{id}/se/cdp`. Undefined when there is none. */
export function namedSession (target: string): SessionId | undefined {
  if (!target.startsWith(claimed)) return undefined
  const end = idEnd(target, claimed.length)
  return end < 0 ? undefined : target.slice(claimed.length, end)
}

function socketPath (id: SessionId, path: string): SessionPath | undefined {
  switch (path) {
    case '':
    case '/se/bidi': return { id, door: 'bidi', rest: '' }
    case '/se/cdp': return { id, door: 'cdp', rest: '' }
    case '/se/vnc': return { id, door: 'vnc', rest: '' }
    case '/se/playwright': return { id, door: 'playwright', rest: '' }
    default: return path.startsWith('/se/cdp/devtools/') ? devtoolsPath(id, path.slice('/se/cdp/devtools'.length)) : undefined
  }
}

/** @param path behind `/devtools` */
function devtoolsPath (id: SessionId, path: string): SessionPath | undefined {
  if (path === '' || path === '/' || path === '/browser' || path.startsWith('/browser/')) return { id, door: 'cdp', rest: '' }
  return path.startsWith('/page/') ? { id, door: 'cdp', rest: `/devtools${path}` } : undefined
}

function idStart (target: string, socket: boolean): number {
  if (target.startsWith(plain)) return plain.length
  if (target.startsWith(hub)) return hub.length
  if (target.startsWith('//session/')) return plain.length + 1
  if (target.startsWith('/wd/hub//session/')) return hub.length + 1
  if (socket && target.startsWith(selenoid)) return selenoid.length
  if (socket && target.startsWith(screens)) return screens.length
  if (!target.startsWith(claimed)) return -1
  const tail = target.indexOf(claimedTail, claimed.length)
  return tail < 0 || target.indexOf('/', claimed.length) !== tail ? -1 : tail + claimedTail.length
}

/** The index behind an id that looks like one of ours, or -1. */
function idEnd (target: string, start: number): number {
  let end = start
  while (end < start + routeLength && isHex(target.charCodeAt(end))) end++
  if (end < start + routeLength) return -1
  while (isIdCharacter(target.charCodeAt(end))) end++
  if (end < start + routeLength + shortestDriverSession) return -1
  const next = target.charCodeAt(end)
  return end === target.length || next === 47 || next === 63 ? end : -1
}

function isHex (code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102)
}

function isIdCharacter (code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 45
}
