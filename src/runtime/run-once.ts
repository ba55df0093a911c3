/** A container that does one thing and ends: what it was told by its engine, and what it said. */
import type { ContainerCreateOptions } from 'dockerode'
import type { Engine } from './engine.js'

/** Resolves when it has ended and is gone. @returns its exit code, and all that it printed */
export async function runOnce ({ docker }: Engine, options: ContainerCreateOptions, abortSignal?: AbortSignal): Promise<{ code: number, said: string }> {
  const signal = abortSignal === undefined ? {} : { abortSignal }
  const container = await docker.createContainer({ ...options, Tty: true, ...signal })
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true })
    let said = ''
    stream.setEncoding('utf8').on('error', () => {}).on('data', (text: string) => { said += text })
    const silent = new Promise(resolve => stream.once('close', resolve).once('end', resolve))
    await container.start(signal)
    const { StatusCode } = await container.wait(signal) as { StatusCode: number }
    await silent
    return { code: StatusCode, said: said.trim() }
  } finally {
    await container.remove({ force: true, v: true }).catch(() => {}) // one that carries the agent's label is removed by a later sweep
  }
}
