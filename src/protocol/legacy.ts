/** `desiredCapabilities` of clients from before the W3C's standard (Selenium 3): what has a standard name gets it, the rest is dropped. */
import type { Capabilities } from './capabilities.js'
import { checkCapability } from './standard-capabilities.js'

const renamed: Readonly<Record<string, string>> = {
  version: 'browserVersion',
  platform: 'platformName',
  chromeOptions: 'goog:chromeOptions',
  acceptSslCerts: 'acceptInsecureCerts',
  unexpectedAlertBehaviour: 'unhandledPromptBehavior'
}

/** Selenoid's users write these at the top level. */
const selenoid = ['name', 'enableVNC', 'enableVideo', 'enableLog', 'sessionTimeout', 'screenResolution', 'timeZone', 'env', 'labels', 'hostsEntries', 'dnsServers', 'additionalNetworks', 'containerHostname']

export function translateLegacy (desired: Capabilities): Capabilities {
  const translated: Record<string, unknown> = {}
  const forGrid: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(desired)) {
    if (value === null) continue
    if (selenoid.includes(name)) forGrid[name] = value
    else place(translated, renamed[name] ?? name, value)
  }
  return Object.keys(forGrid).length === 0 ? translated : { 'selenoid:options': forGrid, ...translated }
}

/** Clients of that time put `ANY` and other words of their own where the standard has stricter ones: what it would refuse is dropped. */
function place (translated: Record<string, unknown>, name: string, value: unknown): void {
  try {
    checkCapability(name, value)
    translated[name] ??= value
  } catch {
    // not the standard's, and nothing that was promised
  }
}
