/** A page that speaks DevTools itself, as chromedriver's BiDi mapper does: what Chrome's `Target.exposeDevToolsProtocol` does for a whole browser, by a view. */
import type { Control } from './control.js'
import type { Client } from './view-client.js'

/** The page's side: an object with `send` and `onmessage`, as Chrome makes it. */
const script = (binding: string, sender: string): string => `(() => {
  const send = globalThis[${JSON.stringify(sender)}]
  globalThis[${JSON.stringify(binding)}] = { send: text => send(String(text)), onmessage: null }
})()`

export interface Exposed {
  readonly client: Client
  /** The page's messages go there, as do those of before. */
  connect (take: (text: string) => void): void
}

/**
 * @param target a page
 * @param binding the global variable that the page gets
 * @param gone called once when the page has gone
 */
export async function expose (control: Control, { target, binding, gone }: { readonly target: string, readonly binding: string, readonly gone: () => void }): Promise<Exposed> {
  const { sessionId } = await control.call('Target.attachToTarget', { targetId: target, flatten: true })
  const session = String(sessionId)
  const sender = `${binding} of tggrid`
  const early: string[] = []
  let take = (text: string): void => { early.push(text) }
  control.listen(session, ({ method, params }) => {
    if (method === 'Target.detachedFromTarget') gone()
    else if (method === 'Runtime.bindingCalled' && params['name'] === sender) take(String(params['payload']))
  })
  await control.call('Runtime.addBinding', { name: sender }, session)
  await control.call('Runtime.evaluate', { expression: script(binding, sender) }, session)
  return {
    client: {
      send (text) {
        const expression = `globalThis[${JSON.stringify(binding)}].onmessage?.(${JSON.stringify(text)})`
        control.call('Runtime.evaluate', { expression, silent: true }, session).catch(() => {}) // it has gone, which `gone` tells
      },
      close () {
        control.call('Target.detachFromTarget', { sessionId: session }).catch(() => {})
      }
    },
    connect (taker) {
      take = taker
      early.splice(0).forEach(taker)
    }
  }
}
