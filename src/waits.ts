/** Promises that are not waited for without end. What the work comes to afterwards is nobody's. */

/** Rejects when there is no answer in so many milliseconds. */
export async function within<T> (ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms) })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** What signals are made of, kept for as long as they are: Node.js 20 lets a timeout go, unheard, to which nothing but another signal leads. */
const parts = new WeakMap<AbortSignal, readonly AbortSignal[]>()

/** Aborted when the first of these is. In place of `AbortSignal.any`, whose timeouts may never come (nodejs/node#57736). */
export function whenAny (...signals: readonly AbortSignal[]): AbortSignal {
  const any = AbortSignal.any([...signals])
  parts.set(any, signals)
  return any
}

/** Rejects with the signal's reason when that comes first. */
export async function unlessAborted<T> (work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  let abort = (): void => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
    signal.addEventListener('abort', abort, { once: true })
  })
  return await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', abort))
}
