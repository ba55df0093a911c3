/** Looks for what a broken machine lacks. */
import { browserChecks } from './browser-checks.js'
import type { Check, Examine, Patient } from './check.js'
import { launchCheck } from './launch.js'
import { machineChecks } from './machine-checks.js'
import { portChecks } from './ports.js'
import { sandboxCheck } from './sandbox.js'

// The launch comes last and alone: it takes the processor that nothing else then needs.
const rounds: ReadonlyArray<readonly Examine[]> = [[machineChecks, browserChecks, portChecks, sandboxCheck], [launchCheck]]

/** Every check, in a fixed order. Leaves nothing behind. */
export async function examine (patient: Patient): Promise<Check[]> {
  const checks: Check[] = []
  for (const round of rounds) checks.push(...(await Promise.all(round.map(async check => await check(patient)))).flat())
  return checks
}
