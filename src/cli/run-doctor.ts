/** `tggrid doctor`: prints what was found, and fails when anything does. */
import { findBrowsers } from '../config/browsers.js'
import { usualPlaces } from '../config/discover.js'
import { thisMachine } from '../config/machine.js'
import type { Config } from '../config/schema.js'
import type { Check } from '../doctor/check.js'
import { examine } from '../doctor/doctor.js'
import { Failure } from './failure.js'

/** @throws Failure when a check failed */
export async function runDoctor (config: Config, json: boolean): Promise<void> {
  const found = await findBrowsers(config.browsers, usualPlaces())
  const checks = await examine({ config, found, machine: thisMachine() })
  console.log(json ? JSON.stringify(checks, null, 2) : checks.map(inWords).join('\n'))
  const failed = checks.filter(check => check.status === 'fail').length
  if (failed > 0) throw new Failure(`${failed} of ${checks.length} checks failed`)
}

function inWords ({ name, status, found, remedy }: Check): string {
  const line = `${status.padEnd(4)}  ${name.padEnd(16)}  ${found}`
  return remedy === undefined || status === 'ok' ? line : `${line}\n${' '.repeat(24)}→ ${remedy}`
}
