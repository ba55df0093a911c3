/** What WebKitGTK's driver is asked for. It knows its browser as MiniBrowser only, which needs nothing of us. */
import type { Capabilities } from './capabilities.js'

export function mergeWebKitNeeds ({ browserName: _, ...capabilities }: Capabilities): Capabilities {
  return capabilities
}
