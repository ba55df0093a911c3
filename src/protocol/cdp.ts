/** Messages of the Chrome DevTools Protocol in its flat form: each names the session (of a target) that it belongs to, or none, the browser's own. */
import { isObject } from './object.js'

export type Params = Readonly<Record<string, unknown>>

export interface CdpCommand {
  readonly id: number
  readonly method: string
  readonly params: Params
  readonly sessionId?: string
}

/** What targets say of themselves, as far as it is looked at (CDP `Target.TargetInfo`). */
export interface TargetInfo {
  readonly targetId: string
  /** Such as `page`, `tab`, `iframe`, `service_worker`, `browser`. */
  readonly type: string
  readonly title: string
  readonly url: string
  /** Absent for the browser itself. */
  readonly browserContextId?: string
}

/** What is said with the event `Target.attachedToTarget` (CDP). */
export interface Attached {
  readonly sessionId: string
  readonly targetInfo: TargetInfo
  /** Whether it does not run yet. */
  readonly waitingForDebugger: boolean
}

/** Highest id that a client's command may have; those beyond are the view's own. */
export const highestId = 2 ** 30

/** @returns undefined for what is no command, or has an id that cannot be answered to */
export function parseCommand (text: string): CdpCommand | undefined {
  const message = parseObject(text)
  if (message === undefined) return undefined
  const { id, method, params = {}, sessionId } = message
  if (!Number.isInteger(id) || (id as number) < 0 || (id as number) > highestId || typeof method !== 'string') return undefined
  if (!isObject(params) || (sessionId !== undefined && typeof sessionId !== 'string')) return undefined
  return { id: id as number, method, params, ...sessionId === undefined ? {} : { sessionId } }
}

export function parseObject (text: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
