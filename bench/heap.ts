/** What a Node.js process has in its heap once it has been collected, asked of its inspector (V8's HeapProfiler and Runtime domains). */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { call } from '../test/support/webdriver.js'

/** How a command line begins whose program opens an inspector there. @param port on the loopback */
export function inspected (port: number): readonly string[] {
  return ['env', `NODE_OPTIONS=--inspect=127.0.0.1:${port}`]
}

/** In MiB, of what is still referred to. @param port the inspector's */
export async function heapInUse (port: number): Promise<number> {
  const { body } = await call<{ webSocketDebuggerUrl: string }[]>(`GET http://127.0.0.1:${port}/json/list`)
  const socket = new WebSocket(body[0]?.webSocketDebuggerUrl ?? '')
  try {
    await once(socket, 'open')
    await ask(socket, 'HeapProfiler.enable')
    for (let i = 0; i < 2; i++) await ask(socket, 'HeapProfiler.collectGarbage') // what finalizers let go of goes the second time
    const { usedSize } = await ask(socket, 'Runtime.getHeapUsage') as { usedSize: number }
    return usedSize / 2 ** 20
  } finally {
    socket.terminate()
  }
}

async function ask (socket: WebSocket, method: string): Promise<unknown> {
  const id = Math.trunc(performance.now() * 1000)
  socket.send(JSON.stringify({ id, method }))
  for (;;) {
    const [message] = await once(socket, 'message') as [Buffer]
    const answer = JSON.parse(message.toString()) as { id?: number, result?: unknown }
    if (answer.id === id) return answer.result
  }
}
