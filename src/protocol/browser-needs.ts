/** What a browser is asked for: what its client wants, and what it needs on this host. */
import type { Capabilities } from './capabilities.js'
import { mergeFirefoxNeeds } from './firefox-needs.js'
import { mergeHostNeeds, mergePlaywrightNeeds, type HostNeeds } from './host-needs.js'
import { playwrightCapability } from './playwright.js'
import { mergeWebKitNeeds } from './webkit-needs.js'

/** @throws WebDriverError for what cannot be had here, and for what no client may ask for */
export function mergeNeeds (capabilities: Capabilities, needs: HostNeeds): Capabilities {
  if (playwrightCapability in capabilities) return mergePlaywrightNeeds(capabilities, needs)
  switch (capabilities['browserName']) {
    case 'firefox': return mergeFirefoxNeeds(capabilities, needs)
    case 'webkit': return mergeWebKitNeeds(capabilities)
    default: return mergeHostNeeds(capabilities, needs)
  }
}
