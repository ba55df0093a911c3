/** One running container: started, talked with, limited and removed. */
import { PassThrough, type Duplex } from 'node:stream'
import type { Container as DockerContainer, ContainerCreateOptions, ContainerInspectInfo } from 'dockerode'
import type { UploadedFile } from '../protocol/files.js'
import { unlessAborted } from '../waits.js'
import { writeFile } from './container-file.js'
import { shortageIn, shortageSoon, type Shortage } from './container-memory.js'
import { engineWords, isAnswer, isMissing, type Engine } from './engine.js'
import { InitChannel } from './init-channel.js'
import type { Address, Death } from './runtime.js'

/** Most that is remembered of what a container prints, for the error when it does not come up. */
const lastWords = 2000
/** Of the processor's quota, in microseconds (Docker's and the kernel's default). */
const period = 100_000
/** How often a connection that was cut is made again while its container runs, and how long that may take each time, in milliseconds. */
const attempts = 5
const answerDeadline = 5000

export interface StartOptions extends ContainerCreateOptions {
  readonly name: string
  /** Beside the one that it is made in. */
  readonly networks: readonly string[]
}

export class Container {
  readonly id: string
  /** Resolves when it has gone without having been told to, or one of its processes was killed for memory. */
  readonly ended: Promise<Death>
  /** Resolves when it is not there any more, or is being removed. */
  readonly gone: Promise<void>
  readonly #docker: DockerContainer
  #info: ContainerInspectInfo | undefined
  #channel: InitChannel | undefined
  #said = ''
  #removed = false
  #end: (death: Death) => void = () => {}
  #leave: () => void = () => {}

  private constructor (docker: DockerContainer) {
    this.#docker = docker
    this.id = docker.id
    this.ended = new Promise(resolve => { this.#end = resolve })
    this.gone = new Promise(resolve => { this.#leave = resolve })
  }

  /** Rejects with the engine's words; nothing is left then. */
  static async start (engine: Engine, { networks, ...options }: StartOptions, signal: AbortSignal): Promise<Container> {
    const giveUp = new AbortController()
    const creating = engine.docker.createContainer({ ...options, abortSignal: giveUp.signal })
    let container: Container | undefined
    try {
      container = new Container(await unlessAborted(creating, signal))
      for (const network of networks) await unlessAborted(engine.docker.getNetwork(network).connect({ Container: container.id }), signal)
      await unlessAborted(container.#connect(options.OpenStdin === true), signal)
      await container.#docker.start({ abortSignal: signal })
      container.#info = await container.#docker.inspect({ abortSignal: signal })
      return container
    } catch (error) {
      if (container !== undefined) container.#hangUp()
      // What an engine was asked to make it makes, whether anybody still waits or not: only then it can be removed.
      const late = setTimeout(() => giveUp.abort(), answerDeadline)
      await creating.catch(() => {})
      clearTimeout(late)
      await engine.docker.getContainer(options.name).remove({ force: true, v: true, abortSignal: AbortSignal.timeout(answerDeadline) }).catch(() => {})
      throw signal.aborted ? signal.reason : new Error(`${options.Image}: ${engineWords(error)}`, { cause: error })
    }
  }

  /** One that runs already, with our init. Rejects when it does not. */
  static async find (engine: Engine, id: string): Promise<Container> {
    const container = new Container(engine.docker.getContainer(id))
    container.#info = await container.#docker.inspect()
    if (!container.#info.State.Running || container.#info.State.Paused) throw new Error(`container ${id} does not run`)
    await container.#connect(true)
    return container
  }

  /** To its init. @throws Error for a container that has none of ours */
  get init (): InitChannel {
    if (this.#channel === undefined) throw new Error(`container ${this.id} has no init of ours`)
    return this.#channel
  }

  /** What it printed last. */
  get said (): string {
    return this.#said.trim()
  }

  /** Where one of its ports is to be reached from here. */
  at (port: number): Address {
    const published = this.#info?.NetworkSettings.Ports[`${port}/tcp`]?.[0]
    if (published !== undefined) return { host: published.HostIp, port: Number(published.HostPort) }
    const networks = this.#info?.NetworkSettings.Networks ?? {}
    const own = networks[this.#info?.HostConfig.NetworkMode ?? ''] ?? Object.values(networks)[0] // Podman calls every mode `bridge`; each of its networks leads here
    return { host: own?.IPAddress ?? '', port }
  }

  /** Never rejects: a container that has just gone has no limits. @param cpu in cores, undefined is without limit @param memory in MB, undefined leaves it */
  async limit ({ cpu, memory }: { readonly cpu: number | undefined, readonly memory: number | undefined }): Promise<void> {
    const bytes = (memory ?? 0) * 2 ** 20
    // A quota, since NanoCpus could not be taken back.
    const quota = cpu === undefined ? -1 : Math.max(1000, Math.round(cpu * period))
    await this.#docker.update({ CpuPeriod: period, CpuQuota: quota, ...bytes === 0 ? {} : { Memory: bytes, MemorySwap: bytes }, abortSignal: AbortSignal.timeout(answerDeadline) }).catch(() => {})
  }

  /** Writes a file in it, as its own user. Rejects with why it cannot. */
  async write (file: UploadedFile & { readonly folder: string }): Promise<void> {
    await writeFile(this.#docker, file)
  }

  /** Tells its init that its agent lives. */
  beat (): void {
    this.#channel?.say('alive')
  }

  /** Somebody else paused it. Never rejects. */
  async unpause (): Promise<void> {
    await this.#docker.unpause().catch(() => {})
  }

  /** The engine says that memory ran out. If a process of this container was killed for it, what still runs is not what its client believes. Never rejects. */
  async outOfMemory (): Promise<void> {
    const shortage = await shortageSoon(this.#channel)
    this.#endFor(shortage === 'unknown' ? 'limit' : shortage)
  }

  /** Looks whether one of its processes was killed for memory, as an engine may not have said. Never rejects. */
  async lookForShortage (): Promise<void> {
    this.#endFor(await shortageIn(this.#channel))
  }

  /** Never rejects: what cannot be removed now is removed by a later sweep. */
  async remove (): Promise<void> {
    this.#leave()
    this.#hangUp()
    await this.#docker.remove({ force: true, v: true, abortSignal: AbortSignal.timeout(answerDeadline) }).catch(() => {})
    this.#end({ cause: 'ended', why: 'it was removed' })
  }

  /** An engine does not end what leads to a container that was removed before it was started. */
  #hangUp (): void {
    this.#removed = true
    this.#channel?.close()
  }

  #endFor (shortage: Shortage): void {
    if (shortage === 'limit') this.#end({ cause: 'out of memory', why: 'the container needed more memory than it may have' })
    if (shortage === 'host') this.#end({ cause: 'host out of memory', why: 'its machine had no memory left' })
  }

  async #connect (input: boolean): Promise<void> {
    const stream = await this.#docker.attach({ stream: true, stdin: input, stdout: true, stderr: true, hijack: true }) as unknown as Duplex
    if (this.#removed) stream.destroy() // meanwhile
    const [out, error] = [new PassThrough(), new PassThrough()]
    this.#docker.modem.demuxStream(stream, out, error)
    error.setEncoding('utf8').on('data', (text: string) => { this.#said = (this.#said + text).slice(-lastWords) })
    if (!input) {
      out.resume()
      stream.on('error', () => {}).once('close', () => { void this.#cut('it ended') })
      return
    }
    const channel = new InitChannel(stream, out)
    this.#channel = channel
    void channel.closed.then(why => this.#cut(why))
  }

  /**
   * The connection is over. While the container runs it was the engine's fault, and another one is made. An engine that does not answer says
   * nothing about its containers: they may outlive it, and what else leads to them tells when they do not.
   */
  async #cut (why: string): Promise<void> {
    for (let attempt = 0; attempt < attempts && !this.#removed;) {
      try {
        if (!(await this.#docker.inspect({ abortSignal: AbortSignal.timeout(answerDeadline) })).State.Running) break
        if (this.#channel === undefined) break
        return await this.#connect(true)
      } catch (error) {
        if (isMissing(error)) break
        if (isAnswer(error)) attempt++
        await new Promise(resolve => setTimeout(resolve, 100 * 2 ** attempt))
      }
    }
    this.#leave()
    this.#end({ cause: 'ended', why: `the container ended: ${this.said.split('\n').at(-1) || why}` })
  }
}
