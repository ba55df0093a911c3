/** Time, so that a test can hold it. */
export interface Clock {
  /** Milliseconds since the epoch with fractions, never going back. */
  now (): number
  /** Calls back once after so many milliseconds, unless the returned function is called first. Keeps no process alive. */
  after (ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  after (ms, callback) {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  }
}

/** Resolves when something is settled, or at the deadline. It never rejects: nor may what is waited for. */
export function before (deadline: number, clock: Clock, something: Promise<unknown>): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.after(deadline - clock.now(), resolve)
    void something.then(() => { cancel(); resolve() })
  })
}
