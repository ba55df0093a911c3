/** What a Node.js process has in its heap once it has been collected, asked of its inspector (V8's HeapProfiler and Runtime domains). */
import { ask, openSocket } from '../test/support/sockets.js'
import { call } from '../test/support/webdriver.js'

/** How a command line begins whose program opens an inspector there. @param port on the loopback */
export function inspected (port: number): readonly string[] {
  return ['env', `NODE_OPTIONS=--inspect=127.0.0.1:${port}`]
}

/** In MiB, of what is still referred to. @param port the inspector's */
export async function heapInUse (port: number): Promise<number> {
  const { body } = await call<{ webSocketDebuggerUrl: string }[]>(`GET http://127.0.0.1:${port}/json/list`)
  const socket = await openSocket(body[0]?.webSocketDebuggerUrl ?? '')
  try {
    await ask(socket, { id: 1, method: 'HeapProfiler.enable' })
    for (const id of [2, 3]) await ask(socket, { id, method: 'HeapProfiler.collectGarbage' }) // what finalizers let go of goes the second time
    const { result: { usedSize } } = await ask<{ result: { usedSize: number } }>(socket, { id: 4, method: 'Runtime.getHeapUsage' })
    return usedSize / 2 ** 20
  } finally {
    socket.terminate()
  }
}
