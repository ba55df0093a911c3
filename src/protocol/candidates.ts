/** From the body of a New Session to the sets of capabilities that would do, best first (W3C WebDriver, §7.2 "process capabilities"). */
import type { Capabilities } from './capabilities.js'
import { WebDriverError } from './errors.js'
import { translateLegacy } from './legacy.js'
import { playwrightCapability } from './playwright.js'
import { checkCapability } from './standard-capabilities.js'

/**
 * @param body the parsed JSON
 * @returns `alwaysMatch` merged with each `firstMatch`, in their order; never empty
 * @throws WebDriverError `invalid argument` naming what is wrong
 */
export function candidatesOf (body: unknown): Capabilities[] {
  const parameters = object(body, 'the body')
  // A client that sends both dialects means the W3C's (Selenium's own clients did so for years).
  if (parameters['capabilities'] !== undefined) return merged(object(parameters['capabilities'], '`capabilities`'))
  if (parameters['desiredCapabilities'] !== undefined) return [translateLegacy(object(parameters['desiredCapabilities'], '`desiredCapabilities`'))]
  throw invalid('the body has neither `capabilities` nor `desiredCapabilities`')
}

function merged (request: Capabilities): Capabilities[] {
  const required = checked(request['alwaysMatch'] === undefined ? {} : request['alwaysMatch'], '`alwaysMatch`')
  const choices = request['firstMatch'] === undefined ? [{}] : request['firstMatch']
  if (!Array.isArray(choices)) throw invalid(`\`firstMatch\` is no list but ${kindOf(choices)}`)
  if (choices.length === 0) throw invalid('`firstMatch` is an empty list')
  return choices.map((choice, at) => checked(choice, `\`firstMatch[${at}]\``)).map(choice => merge(required, choice))
}

/** "Validate capabilities": nulls are dropped, everything else has to be what the specification says. */
function checked (value: unknown, where: string): Capabilities {
  const entries = Object.entries(object(value, where)).filter(([, value]) => value !== null)
  if (entries.some(([name]) => name === playwrightCapability)) throw invalid(`${playwrightCapability} cannot be asked for: connect with Playwright to this grid's /playwright`)
  for (const [name, value] of entries) checkCapability(name, value)
  return Object.fromEntries(entries)
}

/** "Merge capabilities". */
function merge (required: Capabilities, choice: Capabilities): Capabilities {
  const twice = Object.keys(choice).find(name => Object.hasOwn(required, name))
  if (twice !== undefined) throw invalid(`capability ${twice} is in both alwaysMatch and firstMatch`)
  return { ...required, ...choice }
}

function object (value: unknown, what: string): Capabilities {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} is no object but ${kindOf(value)}`)
  return value as Capabilities
}

function kindOf (value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : value === undefined ? 'missing' : `a ${typeof value}`
}

function invalid (message: string): WebDriverError {
  return new WebDriverError('invalid argument', message)
}
