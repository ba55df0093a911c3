/** Browsers, each with a driver of its own major version. */
import type { Check, Patient } from './check.js'

export async function browserChecks ({ config, found }: Patient): Promise<Check[]> {
  return [...usable(found.browsers), ...found.notes.map(unusable(found.browsers.length > 0)), ...fallback({ config, found })]
}

function usable (browsers: Patient['found']['browsers']): Check[] {
  return browsers.map(browser => ({
    name: 'browser',
    status: 'ok',
    found: `${browser.browserName} ${browser.version} (${browser.binary}), its driver ${browser.driverVersion} (${browser.driver})`
  }))
}

// One that works is enough to start.
function unusable (othersWork: boolean): (note: string) => Check {
  return note => ({ name: 'browser', status: othersWork ? 'warn' : 'fail', found: note })
}

function fallback ({ config, found }: Pick<Patient, 'config' | 'found'>): Check[] {
  const names = [...new Set(found.browsers.map(browser => browser.browserName))]
  if (names.length === 0 || names.includes(config.pool.browser)) return []
  return [{
    name: 'default browser',
    status: 'fail',
    found: `pool.browser is ${config.pool.browser}, which is not here`,
    remedy: `use --browser with one of ${names.join(', ')}`
  }]
}
