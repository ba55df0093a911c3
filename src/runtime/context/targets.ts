/** All targets of a shared browser, and the context that each belongs to: kept by the browser's own word (CDP `Target.setDiscoverTargets`). */
import type { Attached, TargetInfo } from '../../protocol/cdp.js'
import { Control, type CdpEvent } from './control.js'
import { Holds } from './holds.js'
import { Strangers, type Tell } from './strangers.js'

export class Targets {
  readonly control: Control
  readonly holds: Holds
  readonly #infos: Map<string, TargetInfo>

  private constructor (control: Control, infos: Map<string, TargetInfo>, holds: Holds) {
    this.control = control
    this.holds = holds
    this.#infos = infos
  }

  /** Connects. @param onDisplay its windows are on one, where only one of them can be in front: from now on each page is kept there for itself */
  static async watch (url: string, onDisplay = false): Promise<Targets> {
    const infos = new Map<string, TargetInfo>()
    const control: Control = await Control.connect(url, event => {
      hear(event, infos)
      if (event.method === 'Target.targetDestroyed') holds.forget(String(event.params['targetId']))
      if (event.method === 'Target.attachedToTarget') meet(event.params as unknown as Attached)
    })
    const tell: Tell = (method, params, session) => { control.call(method, params, session).catch(() => {}) } // a page that has gone meanwhile needs none of it
    const watchPages = (on: boolean): Promise<unknown> => control.call('Target.setAutoAttach', { autoAttach: on, waitForDebuggerOnStart: on, flatten: true, filter: [{ type: 'page' }] })
    const holds = new Holds(on => { if (!onDisplay) watchPages(on).catch(() => {}) }) // the browser has gone
    const strangers = new Strangers(holds, tell)
    // One that runs is somebody's who is attached to it.
    const meet = (attached: Attached): void => {
      if (onDisplay) keepInFront(attached, holds, tell)
      else if (attached.waitingForDebugger) strangers.meet(attached, undefined)
    }
    await control.call('Target.setDiscoverTargets', { discover: true, filter: [{}] })
    if (onDisplay) await watchPages(true)
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

function hear ({ method, params }: CdpEvent, infos: Map<string, TargetInfo>): void {
  switch (method) {
    case 'Target.targetCreated':
    case 'Target.targetInfoChanged': {
      const info = params['targetInfo'] as TargetInfo
      infos.set(info.targetId, info)
      break
    }
    case 'Target.targetDestroyed': infos.delete(String(params['targetId']))
  }
}

/** A page is in front before it runs. */
function keepInFront (attached: Attached, holds: Holds, tell: Tell): void {
  const { sessionId, waitingForDebugger } = attached
  tell('Emulation.setFocusEmulationEnabled', { enabled: true }, sessionId)
  if (waitingForDebugger) holds.hold(attached, () => tell('Runtime.runIfWaitingForDebugger', {}, sessionId))
}
