/** What a restarted agent has to know of a running session, as text that its place keeps. */
import type { Session } from '../protocol/remote-end.js'
import type { OpenBrowser } from './open-browser.js'
import type { SessionLimits } from './session.js'

/** Everything but the connection that watches the browser: whoever reads it makes a new one. */
export interface LeaseRecord {
  readonly session: Session
  readonly browser: Omit<OpenBrowser, 'devtools' | 'life'>
  readonly limits: SessionLimits
}

/** The profile's capabilities may hold whole extensions, and are not asked for again. */
export function writeRecord ({ session, browser, limits }: LeaseRecord): string {
  const { profile: { key }, driverSession, capabilities, doors, openedAt } = browser
  const ways = Object.fromEntries(Object.entries(doors).map(([door, { address, path, host }]) => [door, { address, path, host }]))
  return JSON.stringify({ session, browser: { profile: { key, capabilities: {} }, driverSession, capabilities, doors: ways, openedAt }, limits })
}

/** Undefined for what is no record. */
export function readRecord (text: string): LeaseRecord | undefined {
  try {
    const record = JSON.parse(text) as LeaseRecord
    return { ...record, session: { ...record.session, createdAt: new Date(record.session.createdAt) } }
  } catch {
    return undefined
  }
}
