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

/** Said of what is no command. */
export const noCommand = 'a command has an integer id of 32 bits, a method, and params that are an object'

/** @returns undefined for what is no command, or has an id that cannot be answered to */
export function parseCommand (text: string): CdpCommand | undefined {
  const message = parseObject(text)
  if (message === undefined) return undefined
  const { id, method, sessionId } = message
  const params = noParams(message['params']) ? {} : message['params']
  if (typeof id !== 'number' || (id | 0) !== id || typeof method !== 'string') return undefined
  if (!isObject(params) || (sessionId !== undefined && typeof sessionId !== 'string')) return undefined
  return { id, method, params, ...sessionId === undefined ? {} : { sessionId } }
}

/** In all ways that Chrome takes where there are none to be given. */
function noParams (params: unknown): boolean {
  return params === undefined || params === null || (Array.isArray(params) && params.length === 0)
}

export function parseObject (text: string): Params | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
