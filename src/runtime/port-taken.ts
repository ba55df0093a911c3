/**
 * A driver that takes a port of its own choice may find it taken: chromedriver takes one that is free by IPv6, and then asks for the same one by IPv4. The
 * more ports a machine has in use, the more often it does.
 */

/** As drivers write it down (bind(2), EADDRINUSE). */
const taken = /address already in use/i
const mostTries = 10

/** Starts a driver, and again when its port was taken. @param start rejects with what the driver said */
export async function withFreePort<T> (start: () => Promise<T>): Promise<T> {
  for (let left = mostTries; ; left--) {
    try {
      return await start()
    } catch (error) {
      if (left <= 1 || !taken.test((error as Error).message)) throw error
    }
  }
}
