/** Adds to what a client asks of Firefox what it needs on this host, and refuses what no client may ask for. */
import type { Capabilities } from './capabilities.js'
import { refuseForbiddenFirefox } from './forbidden-firefox.js'
import type { HostNeeds } from './host-needs.js'

const firefoxOptions = 'moz:firefoxOptions'

/**
 * @param capabilities of a browser that geckodriver opens; options of the wrong shape stay as they are, for the driver to refuse
 * @throws WebDriverError for what no client may ask for
 */
export function mergeFirefoxNeeds (capabilities: Capabilities, { binary, headless }: HostNeeds): Capabilities {
  const options = capabilities[firefoxOptions] ?? {}
  if (typeof options === 'object' && options !== null) refuseForbiddenFirefox(options, binary)
  if (!areOptions(options)) return capabilities
  const { args = [] } = options
  const added = headless && !args.some(isHeadless) ? ['-headless'] : []
  if (added.length === 0 && binary === undefined) return capabilities
  return { ...capabilities, [firefoxOptions]: { ...options, ...binary === undefined ? {} : { binary }, args: [...args, ...added] } }
}

function areOptions (options: unknown): options is { readonly args?: readonly string[] } {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false
  const { args = [] } = options as { args?: unknown }
  return Array.isArray(args) && args.every(arg => typeof arg === 'string')
}

/** Firefox takes one dash and two. */
function isHeadless (arg: string): boolean {
  return /^--?headless$/i.test(arg)
}
