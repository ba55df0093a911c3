/** How a client reached us, for the URLs that it is given: built per request, never from a configured address. */

/** Without a slash at the end; with the prefix under which a proxy in front of us serves us. */
export interface Reached {
  /** `http://host:port/prefix` or `https://…` */
  readonly http: string
  /** `ws://…` or `wss://…` */
  readonly ws: string
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** Reads Host and what proxies add (`X-Forwarded-*`, `Forwarded` of RFC 7239). What is no host or path is taken for not sent. */
export function reachedBy (headers: Headers): Reached {
  const forwarded = forwardedOf(headers)
  const secure = (first(headers['x-forwarded-proto']) ?? forwarded.get('proto'))?.toLowerCase() === 'https'
  const host = hostOf(headers, forwarded.get('host'))
  const prefix = pathOf(first(headers['x-forwarded-prefix']))
  return { http: `${secure ? 'https' : 'http'}://${host}${prefix}`, ws: `${secure ? 'wss' : 'ws'}://${host}${prefix}` }
}

function hostOf (headers: Headers, forwarded: string | undefined): string {
  const named = [first(headers['x-forwarded-host']), forwarded, first(headers['host'])].find(isHost) ?? 'localhost'
  const port = first(headers['x-forwarded-port'])
  const hasPort = /:\d+$/.test(named)
  return port === undefined || hasPort || !/^\d{1,5}$/.test(port) || port === '443' || port === '80' ? named : `${named}:${port}`
}

/** Of several proxies the first one talked to the client. */
function first (header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header[0] : header
  return text?.split(',', 1)[0]?.trim()
}

function forwardedOf (headers: Headers): ReadonlyMap<string, string> {
  const pairs = (first(headers['forwarded']) ?? '').split(';').map(pair => pair.trim().split('='))
  return new Map(pairs.flatMap(([name, value]) => name === undefined || value === undefined ? [] : [[name.toLowerCase(), value.replace(/^"|"$/g, '')]]))
}

/** A name, an address or a bracketed IPv6 address, with a port or without. */
function isHost (text: string | undefined): text is string {
  return text !== undefined && text.length <= 260 && /^([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?$/.test(text)
}

function pathOf (text: string | undefined): string {
  return text !== undefined && /^(\/[\w.~-]+)+\/?$/.test(text) ? text.replace(/\/$/, '') : ''
}
