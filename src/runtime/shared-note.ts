/** What is noted in a shared browser's place, where that outlives its agent: so a restarted agent goes on with the browser and its sessions. */
import type { SharedBrowser } from './shared-browsers.js'

export interface SharedNote {
  readonly user: string
  readonly key: string
  /** When it was launched, in milliseconds since 1970. */
  readonly born: number
  readonly served: number
  readonly sessions: ReadonlyArray<{ readonly context: number, readonly record: string }>
}

const kind = 'shared browser'

export function writeNote ({ user, key, born, served, records }: SharedBrowser): string {
  const sessions = [...records].map(([context, record]) => ({ context, record: record() }))
  return JSON.stringify({ kind, user, key, born: performance.timeOrigin + born, served, sessions } satisfies SharedNote & { readonly kind: string })
}

/** Undefined for what is no such note. */
export function readNote (text: string): SharedNote | undefined {
  try {
    const note = JSON.parse(text) as SharedNote & { readonly kind?: string } | null
    return note?.kind === kind ? note : undefined
  } catch {
    return undefined
  }
}
