/** What a browser has to be told because of the machine that it runs on. */
import type { HostNeeds } from '../protocol/host-needs.js'
import type { LocalBrowser } from './browsers.js'
import { display } from './environment.js'
import { sandboxObstacle } from './sandbox.js'
import type { Config } from './schema.js'

/**
 * Parts of Chromium that no page and no client can see, and that cost more than half of a launch: a renderer for the address bar's pop-up,
 * and one for a page that may come (docs/lean.md has what each is worth).
 */
export const lean: readonly string[] = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess']

/** The network in the browser's process instead of one of its own, which has no sandbox of Chrome's on Linux either. */
export const leanInOne: readonly string[] = ['NetworkServiceInProcess2']

export interface Needs {
  needsOf (browser: LocalBrowser): HostNeeds
  /** Lines for the log: what was added, and why. */
  readonly notes: readonly string[]
}

/** Asks the machine once for all browsers. */
export async function hostNeeds ({ chromium }: Config, browsers: readonly LocalBrowser[]): Promise<Needs> {
  const chromes = browsers.filter(({ browserName }) => browserName !== 'firefox')
  const obstacle = chromium.sandbox === 'auto' && chromes.length > 0 ? await sandboxObstacle(chromes.map(({ binary }) => binary)) : null
  const headless = chromium.headless === 'auto' ? display() === null : chromium.headless
  const noSandbox = chromium.sandbox === false || obstacle !== null
  const notes = [
    ...chromium.headless === 'auto' && headless ? ['there is no display: browsers run without windows'] : [],
    ...obstacle === null ? [] : [`browsers run with --no-sandbox, since Chrome's sandbox cannot be had: ${obstacle.why} (to change that: ${obstacle.remedy})`]
  ]
  return {
    notes,
    needsOf: ({ binary }) => ({ binary, headless, noSandbox, enableFeatures: chromium.lean ? leanInOne : [], disableFeatures: chromium.lean ? lean : [], args: chromium.args })
  }
}
