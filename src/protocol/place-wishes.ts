/**
 * What a session asks of the container that its browser runs in, by Selenium's (`se:…`) and Selenoid's (`selenoid:options`) names. It can be had
 * only where a container is made for it, so that it is part of what a warm slot has open.
 */
import type { Capabilities } from './capabilities.js'
import { WebDriverError } from './errors.js'

export interface PlaceWishes {
  /** `NAME=value`. */
  readonly env?: readonly string[]
  /** `name:address`. */
  readonly hosts?: readonly string[]
  readonly dns?: readonly string[]
  /** Networks of the engine, beside the grid's own. */
  readonly networks?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly hostname?: string
}

/** Undefined when nothing is asked for. @throws WebDriverError `invalid argument` */
export function placeWishes (candidate: Capabilities): PlaceWishes | undefined {
  const selenoid = (candidate['selenoid:options'] ?? {}) as Capabilities
  const screen = text(candidate['se:screenResolution'] ?? selenoid['screenResolution'], 'screenResolution', /^\d{2,5}x\d{2,5}(x\d{1,2})?$/, 'such as 1920x1080x24')
  const timeZone = text(candidate['se:timeZone'] ?? selenoid['timeZone'], 'timeZone', /^[\w+/-]{1,64}$/, 'such as Europe/Berlin')
  const env = [...list(selenoid['env'], 'env', /^[A-Za-z_]\w*=[^\0]*$/, 'NAME=value'), ...timeZone === undefined ? [] : [`TZ=${timeZone}`], ...screen === undefined ? [] : [`SCREEN_RESOLUTION=${screen}`]]
  const wishes: PlaceWishes = {
    ...filled('env', env),
    ...filled('hosts', list(selenoid['hostsEntries'], 'hostsEntries', /^[\w.-]+:[\da-fA-F.:]+$/, 'name:address')),
    ...filled('dns', list(selenoid['dnsServers'], 'dnsServers', /^[\da-fA-F.:]+$/, 'addresses')),
    ...filled('networks', list(selenoid['additionalNetworks'], 'additionalNetworks', /^[\w.-]+$/, 'names of networks')),
    ...labelsOf(selenoid['labels']),
    ...hostnameOf(selenoid['containerHostname'])
  }
  return Object.keys(wishes).length === 0 ? undefined : wishes
}

function filled (name: 'env' | 'hosts' | 'dns' | 'networks', items: readonly string[]): PlaceWishes {
  return items.length === 0 ? {} : { [name]: items }
}

function text (value: unknown, name: string, pattern: RegExp, words: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string' && pattern.test(value)) return value
  throw invalid(name, value, words)
}

function list (value: unknown, name: string, pattern: RegExp, words: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every(item => typeof item === 'string' && pattern.test(item))) return value as string[]
  throw invalid(name, value, `a list of ${words}`)
}

function labelsOf (value: unknown): PlaceWishes {
  if (value === undefined || value === null) return {}
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : undefined
  if (entries === undefined || entries.some(([name, text]) => typeof text !== 'string' || name.startsWith('tggrid.'))) throw invalid('labels', value, 'an object of texts, none of them called tggrid.…')
  return entries.length === 0 ? {} : { labels: Object.fromEntries(entries) as Record<string, string> }
}

function hostnameOf (value: unknown): PlaceWishes {
  const hostname = text(value, 'containerHostname', /^[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?$/, 'a host\'s name')
  return hostname === undefined ? {} : { hostname }
}

function invalid (name: string, value: unknown, words: string): WebDriverError {
  return new WebDriverError('invalid argument', `${name} has to be ${words}, and is ${JSON.stringify(value)?.slice(0, 200)}`)
}
