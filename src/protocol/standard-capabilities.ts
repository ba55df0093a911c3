/** What each capability of the specification may be (W3C WebDriver, §7.1 and "validate capabilities"). */
import { WebDriverError } from './errors.js'
import { not, oneOf, type Check } from './check.js'
import { checkProxy } from './proxy-capability.js'

const boolean: Check = (value, name) => { if (typeof value !== 'boolean') throw not(name, value, 'true or false') }
const string: Check = (value, name) => { if (typeof value !== 'string') throw not(name, value, 'a string') }

const pageLoadStrategies = ['none', 'eager', 'normal']
const promptHandlers = ['dismiss', 'accept', 'dismiss and notify', 'accept and notify', 'ignore']
const promptTypes = ['alert', 'beforeUnload', 'confirm', 'default', 'file', 'prompt']

const checks: Readonly<Record<string, Check>> = {
  acceptInsecureCerts: boolean,
  browserName: string,
  browserVersion: string,
  platformName: string,
  pageLoadStrategy: oneOf(pageLoadStrategies),
  proxy: checkProxy,
  strictFileInteractability: boolean,
  timeouts: checkTimeouts,
  unhandledPromptBehavior: checkPromptBehavior,
  webSocketUrl: (value, name) => { if (value !== true && value !== false) throw not(name, value, 'true or false') },
  'webauthn:virtualAuthenticators': boolean,
  'webauthn:extension:uvm': boolean,
  'webauthn:extension:prf': boolean,
  'webauthn:extension:largeBlob': boolean,
  'webauthn:extension:credBlob': boolean,
  'fedcm:accounts': boolean
}

/** @throws WebDriverError `invalid argument` for a standard capability of a wrong kind, and for names that are neither standard nor an extension's */
export function checkCapability (name: string, value: unknown): void {
  const check = Object.hasOwn(checks, name) ? checks[name] : undefined
  if (check !== undefined) check(value, name)
  else if (!name.includes(':')) throw new WebDriverError('invalid argument', `there is no capability ${JSON.stringify(name)}; an extension's name has a colon`)
}

/** The largest time that is allowed (§9 "deserialize as timeouts configuration"): the largest safe integer, in milliseconds. */
const longest = Number.MAX_SAFE_INTEGER

function checkTimeouts (value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw not(name, value, 'an object')
  for (const [key, time] of Object.entries(value)) {
    if (!['implicit', 'pageLoad', 'script'].includes(key)) throw not(`${name}.${key}`, time, 'one of implicit, pageLoad, script')
    // null is without end: for scripts always, for the others in drivers of late.
    if (time !== null && (typeof time !== 'number' || !Number.isInteger(time) || time < 0 || time > longest)) throw not(`${name}.${key}`, time, `null or an integer from 0 to ${longest}`)
  }
}

function checkPromptBehavior (value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null) return oneOf(promptHandlers)(value, name)
  if (Array.isArray(value)) throw not(name, value, 'a string or an object')
  for (const [type, handler] of Object.entries(value)) {
    if (!promptTypes.includes(type)) throw not(`${name}.${type}`, handler, `for one of ${promptTypes.join(', ')}`)
    oneOf(promptHandlers)(handler, `${name}.${type}`)
  }
}
