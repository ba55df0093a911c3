/** A real launch, as the grid does it: driver, browser, one session, and all of it ended again. */
import { tmpdir } from 'node:os'
import { openBrowser } from '../agent/open-browser.js'
import type { LocalBrowser } from '../config/browsers.js'
import { browserEnvironment } from '../config/environment.js'
import { hostNeeds } from '../config/host-needs.js'
import type { Config } from '../config/schema.js'
import { profileOf } from '../protocol/profile.js'
import { localOffer } from '../config/local-offer.js'
import { ProcessRuntime } from '../runtime/process.js'
import { Workspace } from '../runtime/workspace.js'
import type { Check, Patient } from './check.js'

const name = 'launch'

export async function launchCheck ({ config, found }: Patient): Promise<Check[]> {
  const browser = found.browsers.find(browser => browser.browserName === config.pool.browser)
  if (browser === undefined) return [{ name, status: 'fail', found: 'no browser to launch', remedy: 'see the lines on browsers' }]
  const begin = performance.now()
  try {
    await launch(browser, config)
    return [{ name, status: 'ok', found: `${browser.browserName} ${browser.version} opened a session and ended it in ${Math.round(performance.now() - begin)} ms` }]
  } catch (error) {
    return [{ name, status: 'fail', found: `${browser.browserName} ${browser.version}: ${(error as Error).message.split('\n')[0] ?? ''}`, remedy: `run ${browser.binary} --headless=new --version and look for missing libraries` }]
  }
}

async function launch (browser: LocalBrowser, config: Config): Promise<void> {
  const signal = AbortSignal.timeout(config.pool.launchTimeout)
  const offer = localOffer(browser, await hostNeeds(config, [browser]))
  const workspace = new Workspace(tmpdir())
  try {
    const place = await new ProcessRuntime({ offers: [offer], folder: workspace.folder, environment: browserEnvironment() }).start(offer, signal)
    try {
      const opened = await openBrowser(place, profileOf({ browserName: offer.browserName }, offer), { signal, awaited: true })
      opened.life?.close()
      await place.wipe?.()
    } finally {
      await place.destroy()
    }
  } finally {
    workspace.remove()
  }
}
