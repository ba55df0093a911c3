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
