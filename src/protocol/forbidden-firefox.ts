/**
 * The same as forbidden.ts for Firefox, whose options name more: environment variables, whole profiles, preferences by which its own
 * scripts run with all rights, or which name commands and libraries.
 */
import { forbidden } from './forbidden.js'

/** A phone at the grid's machine is no browser of the grid's. */
const android = ['androidPackage', 'androidActivity', 'androidDeviceSerial', 'androidIntentArguments']

/** Arguments that name profiles and programs of the machine, or open doors that geckodriver keeps shut. Without dashes, in lower case. */
const args: ReadonlyMap<string, string> = new Map([
  ...['profile', 'p', 'profilemanager', 'createprofile', 'allow-downgrade', 'migration', 'override'].map((name): [string, string] => [name, 'it names a profile of the grid\'s own machine']),
  ...['app', 'greomni', 'appomni', 'xpcshell', 'backgroundtask'].map((name): [string, string] => [name, 'it starts a program of the grid\'s own machine']),
  ...['remote-allow-system-access', 'jsdebugger', 'jsconsole', 'start-debugger-server', 'chrome'].map((name): [string, string] => [name, 'scripts with all of the browser\'s rights can start programs of the grid\'s own machine'])
])

/** Preferences that do the same, by their beginnings. */
const preferences: ReadonlyArray<readonly [beginning: string, why: string]> = [
  ['extensions.experiments.', 'such extensions have all of the browser\'s rights'],
  ['remote.system-access', 'scripts with all of the browser\'s rights can start programs of the grid\'s own machine'],
  ['extensions.systemaddon.', 'such extensions have all of the browser\'s rights'],
  ['devtools.chrome.', 'scripts with all of the browser\'s rights can start programs of the grid\'s own machine'],
  ['devtools.debugger.', 'scripts with all of the browser\'s rights can start programs of the grid\'s own machine'],
  ['security.turn_off_all_security', 'pages would have all of the browser\'s rights'],
  ['general.config.', 'it names a script that has all of the browser\'s rights'],
  ['autoadmin.', 'it names a script that has all of the browser\'s rights'],
  ['browser.policies.', 'policies name programs and libraries of the grid\'s own machine'],
  ['toolkit.policies.', 'policies name programs and libraries of the grid\'s own machine'],
  ['helpers.', 'it names commands of the grid\'s own machine'],
  ['browser.helperapps.', 'it starts programs of the grid\'s own machine'],
  ['network.protocol-handler.', 'it starts programs of the grid\'s own machine'],
  ['network.negotiate-auth.', 'it names a library of the grid\'s own machine'],
  ['media.gmp', 'it names libraries to load']
]

/**
 * @param options of `moz:firefoxOptions`, whatever their shape
 * @param binary the only executable that may be named; undefined where any may
 * @throws WebDriverError `invalid argument`
 */
export function refuseForbiddenFirefox (options: object, binary: string | undefined): void {
  const wishes = options as Readonly<Record<string, unknown>>
  const phone = android.find(name => wishes[name] !== undefined)
  if (phone !== undefined) throw forbidden(`moz:firefoxOptions.${phone}`, 'it names a browser that is not this session\'s')
  if (binary === undefined) return
  if (wishes['binary'] !== undefined && wishes['binary'] !== binary) throw forbidden('moz:firefoxOptions.binary', `browsers run on the grid's own machine, which has ${binary}`)
  if (!isNothing(wishes['env'])) throw forbidden('moz:firefoxOptions.env', 'variables name programs and libraries of the grid\'s own machine')
  if (!isNothing(wishes['profile'])) throw forbidden('moz:firefoxOptions.profile', 'a profile can name programs and libraries of the grid\'s own machine; preferences go into prefs')
  refuseArguments(wishes['args'])
  refusePreferences(wishes['prefs'])
}

function refuseArguments (given: unknown): void {
  for (const arg of Array.isArray(given) ? given : []) {
    const why = typeof arg === 'string' ? args.get(nameOf(arg)) : undefined
    if (why !== undefined) throw forbidden(`the argument ${String(arg)}`, why)
  }
}

function refusePreferences (given: unknown): void {
  if (typeof given !== 'object' || given === null) return
  for (const name of Object.keys(given)) {
    const why = preferences.find(([beginning]) => name.trim().toLowerCase().startsWith(beginning))?.[1]
    if (why !== undefined) throw forbidden(`the preference ${name}`, why)
  }
}

function nameOf (arg: string): string {
  return arg.trim().replace(/^[-/]+/, '').split(/[=:\s]/, 1)[0]?.toLowerCase() ?? ''
}

/** Clients send `env: {}` and the like whether they have any or not. */
function isNothing (value: unknown): boolean {
  return value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}
