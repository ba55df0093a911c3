/** What the engine tells of our containers (Docker's `GET /events`), followed for as long as the engine lives and again when it is back. */
import type { Readable } from 'node:stream'
import { agentLabel } from './container-options.js'
import type { Engine } from './engine.js'

export interface EngineListener {
  /** @param action `oom` or `pause` @param container its id */
  readonly happened: (action: string, container: string) => void
  /** The engine answers again after a time in which it did not. */
  readonly back: () => void
}

/** How long an engine that does not answer is left alone, in milliseconds. */
const retry = 500

export class EngineEvents {
  readonly #engine: Engine
  readonly #agent: string
  readonly #listener: EngineListener
  #stream: Readable | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor (engine: Engine, agent: string, listener: EngineListener) {
    this.#engine = engine
    this.#agent = agent
    this.#listener = listener
  }

  /** Rejects when the engine does not answer. */
  async follow (): Promise<void> {
    const filters = { type: ['container' as const], label: [`${agentLabel}=${this.#agent}`], event: ['oom', 'pause'] }
    const stream = await this.#engine.docker.getEvents({ filters }) as Readable
    if (this.#closed) {
      stream.destroy()
      return
    }
    this.#stream = stream
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.filter(line => line !== '').forEach(line => this.#hear(line))
    })
    stream.on('error', () => {}).once('close', () => this.#again())
  }

  close (): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#stream?.destroy()
  }

  #hear (line: string): void {
    const { Action, Actor } = JSON.parse(line) as { Action?: string, Actor?: { ID?: string } }
    if (Action !== undefined && Actor?.ID !== undefined) this.#listener.happened(Action, Actor.ID)
  }

  #again (): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.follow().then(this.#listener.back, () => this.#again())
    }, retry)
  }
}
