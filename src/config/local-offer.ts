/** A configured browser as the process runtime takes it. */
import type { LocalOffer } from '../runtime/process.js'
import type { LocalBrowser } from './browsers.js'
import { driverKindOf } from './driver-kinds.js'
import type { Needs } from './host-needs.js'
import type { Isolable } from './isolations.js'

export function localOffer (browser: LocalBrowser, needs: Needs): LocalOffer & Isolable {
  const { browserName, version: browserVersion, label, preferred = false, isolation, driver, driverArgs, environment } = browser
  const variables = Object.fromEntries(environment.map(entry => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)]))
  return { browserName, browserVersion, label, preferred, platformName: 'linux', driver, driverArgs: [...driverKindOf(browserName).args, ...driverArgs], environment: variables, needs: needs.needsOf(browser), shareable: browserName !== 'firefox', ...isolation === undefined ? {} : { isolation } }
}
