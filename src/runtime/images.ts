/** Images with browsers in them: what their labels say, and how a missing one is fetched. */
import type { Readable } from 'node:stream'
import { engineWords, isMissing, type Engine } from './engine.js'
import { runOnce } from './run-once.js'

export interface BrowserImage {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** What it runs unless it is told otherwise. */
  readonly command: readonly string[]
}

/** Of a browser image that is ours: the browser's name and version, the Playwright whose server is in it, and the port of its screen where it has one. */
export const imageLabels = { browser: 'tggrid.browser', version: 'tggrid.version', playwright: 'tggrid.playwright', display: 'tggrid.vnc' } as const

/** In an image of ours: says its browser's version, which the Dockerfile cannot make a label of. */
const versionFile = '/opt/tggrid/browser-version'

/** Undefined when the engine does not have it. */
export async function findImage (engine: Engine, name: string): Promise<BrowserImage | undefined> {
  try {
    const { Config } = await engine.docker.getImage(name).inspect()
    // One that was emptied, since it cannot be removed in an image made of another one, is none.
    const labels = Object.fromEntries(Object.entries(Config.Labels ?? {}).filter(([, value]) => value !== ''))
    const { browser, version } = imageLabels
    const told = labels[browser] === undefined || labels[version] ? {} : { [version]: await versionIn(engine, name) }
    return { name, labels: { ...labels, ...told }, command: Config.Cmd ?? [] }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Asks the image itself: somebody has built it without the label. */
async function versionIn (engine: Engine, name: string): Promise<string> {
  const { said } = await runOnce(engine, { Image: name, Entrypoint: ['cat', versionFile], Cmd: [], HostConfig: { NetworkMode: 'none' } })
  const version = /^\d+(\.\d+)*/.exec(said)?.[0]
  if (version === undefined) throw new Error(`has no label ${imageLabels.version}, and does not say its browser's version in ${versionFile}`)
  return version
}

/** @param progress bytes that have come, and bytes in all as far as is known. Rejects with the registry's words. */
export async function pullImage ({ docker }: Engine, name: string, progress: (done: number, total: number) => void): Promise<void> {
  const stream = await docker.pull(name).catch((error: unknown) => { throw new Error(engineWords(error), { cause: error }) }) as Readable
  const layers = new Map<string, { current: number, total: number }>()
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null) => error === null ? resolve() : reject(error), (event: PullEvent) => {
      const { id, progressDetail: { current, total } = {} } = event
      if (id === undefined || current === undefined || total === undefined) return
      layers.set(id, { current, total })
      const all = [...layers.values()]
      progress(all.reduce((sum, layer) => sum + layer.current, 0), all.reduce((sum, layer) => sum + layer.total, 0))
    })
  })
}

interface PullEvent {
  readonly id?: string
  readonly progressDetail?: { readonly current?: number, readonly total?: number }
}
