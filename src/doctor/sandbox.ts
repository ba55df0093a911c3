/** Whether Chrome's sandbox can be had. */
import { sandboxObstacle } from '../config/sandbox.js'
import type { Check, Patient } from './check.js'

export async function sandboxCheck ({ config, found }: Patient): Promise<Check[]> {
  if (process.platform !== 'linux') return []
  const name = 'sandbox'
  const obstacle = await sandboxObstacle(found.browsers.map(browser => browser.binary))
  if (obstacle === null) return [{ name, status: 'ok', found: 'available' }]
  if (config.chromium.sandbox === true) return [{ name, status: 'fail', found: `not available: ${obstacle.why}`, remedy: `${obstacle.remedy}, or use --sandbox auto` }]
  return [{ name, status: 'warn', found: `not available: ${obstacle.why}; browsers run with --no-sandbox`, remedy: obstacle.remedy }]
}
