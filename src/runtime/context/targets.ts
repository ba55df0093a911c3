/** All targets of a shared browser, and the context that each belongs to: kept by the browser's own word (CDP `Target.setDiscoverTargets`). */
import type { TargetInfo } from '../../protocol/cdp.js'
import { Control, type CdpEvent } from './control.js'
import { Holds } from './holds.js'

export class Targets {
  readonly control: Control
  readonly holds: Holds
  readonly #infos: Map<string, TargetInfo>

  private constructor (control: Control, infos: Map<string, TargetInfo>, holds: Holds) {
    this.control = control
    this.holds = holds
    this.#infos = infos
  }

  /**
   * Connects. @param onDisplay its windows are on one, where only one of them can be in front: from now on each page is kept there for itself. It waits
   * until it is told to run: were it not to, Chrome (156) would owe the answer to the script that has opened it by `window.open`.
   */
  static async watch (url: string, onDisplay = false): Promise<Targets> {
    const infos = new Map<string, TargetInfo>()
    const holds = new Holds()
    const control: Control = await Control.connect(url, event => {
      hear(event, infos, session => toFront(control, session))
      if (event.method === 'Target.targetDestroyed') holds.forget(String(event.params['targetId']))
    })
    await control.call('Target.setDiscoverTargets', { discover: true, filter: [{}] })
    if (onDisplay) await control.call('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter: [{ type: 'page' }] })
    return new Targets(control, infos, holds)
  }

  /** The browser is asked about one that it has not told of yet. Undefined: there is none. */
  async contextOf (target: string): Promise<string | undefined> {
    const known = this.#infos.get(target)
    if (known !== undefined) return known.browserContextId
    const { targetInfo } = await this.control.call('Target.getTargetInfo', { targetId: target }).catch(() => ({ targetInfo: undefined })) as { targetInfo: TargetInfo | undefined }
    return targetInfo?.browserContextId
  }

  /** Undefined as long as the browser has not told of it. */
  known (target: string): TargetInfo | undefined {
    return this.#infos.get(target)
  }

  /** All pages, the newest first as Chrome lists them. */
  get pages (): TargetInfo[] {
    return [...this.#infos.values()].filter(({ type }) => type === 'page').reverse()
  }

  /** The pages of some contexts. */
  pagesOf (contexts: ReadonlySet<string>): TargetInfo[] {
    return this.pages.filter(({ browserContextId }) => browserContextId !== undefined && contexts.has(browserContextId))
  }
}

function hear ({ method, params }: CdpEvent, infos: Map<string, TargetInfo>, attached: (session: string) => void): void {
  switch (method) {
    case 'Target.targetCreated':
    case 'Target.targetInfoChanged': {
      const info = params['targetInfo'] as TargetInfo
      infos.set(info.targetId, info)
      break
    }
    case 'Target.targetDestroyed': infos.delete(String(params['targetId'])); break
    case 'Target.attachedToTarget': attached(String(params['sessionId']))
  }
}

/** A page that has gone meanwhile needs none of it. */
function toFront (control: Control, session: string): void {
  control.call('Emulation.setFocusEmulationEnabled', { enabled: true }, session).catch(() => {})
  control.call('Runtime.runIfWaitingForDebugger', {}, session).catch(() => {})
}
