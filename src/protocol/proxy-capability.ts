/** The `proxy` capability (W3C WebDriver, §7.3 "deserialize as a proxy"). */
import { not, oneOf, type Check } from './check.js'

const types = ['pac', 'direct', 'autodetect', 'system', 'manual']

const parts: Readonly<Record<string, Check>> = {
  proxyType: oneOf(types),
  proxyAutoconfigUrl: url,
  ftpProxy: host,
  httpProxy: host,
  sslProxy: host,
  socksProxy: host,
  noProxy: hosts,
  socksVersion: (value, name) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 255) throw not(name, value, 'an integer from 0 to 255')
  }
}

export function checkProxy (value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw not(name, value, 'an object')
  const proxy = value as Record<string, unknown>
  for (const [key, part] of Object.entries(proxy)) {
    const check = Object.hasOwn(parts, key) ? parts[key] : undefined
    if (check === undefined) throw not(`${name}.${key}`, part, `one of ${Object.keys(parts).join(', ')}`)
    check(part, `${name}.${key}`)
  }
  if (proxy['proxyType'] === 'pac' && proxy['proxyAutoconfigUrl'] === undefined) throw not(`${name}.proxyAutoconfigUrl`, undefined, 'given where proxyType is pac')
  if (proxy['proxyType'] === 'manual' && proxy['socksProxy'] !== undefined && proxy['socksVersion'] === undefined) throw not(`${name}.socksVersion`, undefined, 'given where socksProxy is')
}

function url (value: unknown, name: string): void {
  if (typeof value !== 'string' || !URL.canParse(value)) throw not(name, value, 'a URL')
}

/** A host with or without a port, and nothing else: no scheme, no path. */
function host (value: unknown, name: string): void {
  if (typeof value !== 'string' || value === '' || value.includes('://') || !isHost(value)) throw not(name, value, 'a host, with a port where one is needed')
}

function isHost (text: string): boolean {
  if (!URL.canParse(`http://${text}`)) return false
  const { pathname, search, hash, username, password } = new URL(`http://${text}`)
  return pathname === '/' && !text.endsWith('/') && [search, hash, username, password].every(part => part === '')
}

function hosts (value: unknown, name: string): void {
  if (!Array.isArray(value) || value.some(item => typeof item !== 'string')) throw not(name, value, 'a list of hosts')
}
