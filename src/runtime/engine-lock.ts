/**
 * One living agent of a name at a time: a second one would take the first one's containers for its own. The lock is a socket without a file
 * (unix(7), "abstract"), which goes with its process, however that ends.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'

/** @param agent 8 hex digits @returns what lets it go @throws Error when it is held */
export async function lockAgent (agent: string): Promise<() => void> {
  const server = createServer(socket => socket.destroy()).unref()
  try {
    server.listen(`\0tggrid-${agent}`)
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new Error('a grid of this name runs on this machine already; stop it, or give this one another name (--name)')
    // Another system than Linux has no such sockets.
  }
  return () => { if (server.listening) server.close() }
}
