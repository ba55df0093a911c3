/** Two sockets, spliced: every byte of one goes to the other as it is, no faster than that one takes them. */
import type { Socket } from 'node:net'

/** A side that has said goodbye waits so long for the other one, in milliseconds. */
const farewell = 30_000

/** Splices until both sides have ended, or one is cut. Neither socket has listeners for data, drain, end or close any more. */
export function splice (a: Socket, b: Socket, over: () => void): void {
  let open = 2
  let timer: NodeJS.Timeout | undefined
  const cut = (): void => { a.destroy(); b.destroy() }
  const closed = (): void => {
    cut()
    if (--open > 0) return
    clearTimeout(timer)
    over()
  }
  for (const [from, to] of [[a, b], [b, a]] as const) {
    from.on('data', bytes => { if (!to.write(bytes)) from.pause() })
    to.on('drain', () => from.resume())
    from.on('end', () => {
      to.end()
      timer ??= setTimeout(cut, farewell).unref()
    })
    from.on('close', closed)
  }
  a.resume()
  b.resume()
}
