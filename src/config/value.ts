/** One value for one key: read from text or JSON, checked, and refused in a sentence. */
import { z } from 'zod'
import type { Key } from './keys.js'
import { didYouMean } from './nearest.js'

export type Checked = { readonly value: unknown } | { readonly problem: string }

/** Checks a value that already has its type, as in a JSON file. */
export function checkValue (key: Key, value: unknown): Checked {
  const parsed = key.schema.safeParse(value)
  return parsed.success ? { value: parsed.data } : { problem: refusal(key, value, parsed.error) }
}

/**
 * Reads a value from text, as in the environment or a flag: the first reading that the key's type accepts.
 * @param texts more than one when a flag was repeated, which only lists allow
 */
export function readText (key: Key, texts: readonly string[]): Checked {
  const text = texts.at(-1) ?? ''
  const readings = key.kind === 'list' ? [texts.flatMap(item => listItems(key, item))] : scalarReadings(text)
  for (const reading of readings) {
    const parsed = key.schema.safeParse(reading)
    if (parsed.success) return { value: parsed.data }
  }
  const nearestReading = key.kind === 'list' ? readings[0] : text
  return checkValue(key, nearestReading === text && isNumber(text) ? Number(text) : nearestReading)
}

/** What a key takes, in words: `a whole number from 0 to 65535 or none`. */
export function allowed (key: Key): string {
  return words(z.toJSONSchema(key.schema, { io: 'input' }))
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true], ['yes', true], ['on', true], ['1', true],
  ['false', false], ['no', false], ['off', false], ['0', false]
])

function scalarReadings (text: string): unknown[] {
  const lower = text.trim().toLowerCase()
  return [
    text,
    ...isNumber(text) ? [Number(text)] : [],
    ...booleans.has(lower) ? [booleans.get(lower)] : [],
    ...lower === 'none' ? [null] : []
  ]
}

const isNumber = (text: string): boolean => /^\s*-?(\d+\.?\d*|\.\d+)(e\d+)?\s*$/i.test(text)

function listItems (key: Key, text: string): unknown[] {
  if (text.trimStart().startsWith('[')) {
    try {
      return JSON.parse(text) as unknown[]
    } catch {}
  }
  const items = text.split(key.spaced === true ? /\s+/ : /[\s,]+/).filter(item => item !== '')
  return key.path === 'users' ? items.map(nameAndPassword) : items
}

function nameAndPassword (item: string): unknown {
  const colon = item.indexOf(':')
  return colon < 0 ? { name: item } : { name: item.slice(0, colon), password: item.slice(colon + 1) }
}

function refusal (key: Key, value: unknown, error: z.ZodError): string {
  const unit = key.unit === undefined ? '' : ` (${key.unit})`
  const shown = key.secret === true ? 'has a value that' : `is ${JSON.stringify(value)}, which`
  const special = error.issues.map(issue => inWords(issue)).find(text => text !== null)
  return `${shown} is not allowed; it takes ${special ?? allowed(key) + unit}`
}

function inWords (issue: z.core.$ZodIssue): string | null {
  const [first, ...rest] = issue.path
  const place = first === undefined ? '' : `as ${typeof first === 'number' ? `item ${first + 1}` : String(first)}${rest.map(part => `, ${String(part)}`).join('')}: `
  if (issue.code === 'custom') return place + issue.message
  if (issue.code !== 'unrecognized_keys') return null
  const unknown = issue.keys[0] ?? ''
  return `${place}no key ${JSON.stringify(unknown)}${didYouMean(unknown, ['name', 'password'])}`
}

type Json = z.core.JSONSchema.BaseSchema

function words (json: Json): string {
  if (json.anyOf !== undefined) return json.anyOf.map(part => words(part as Json)).join(' or ')
  if (json.enum !== undefined) return json.enum.join(', ')
  if (json.const !== undefined) return String(json.const)
  if (json.type === 'array') return `a list of ${many(json.items as Json)}`
  if (json.type === 'integer' || json.type === 'number') return number(json)
  if (json.type === 'boolean') return 'true or false'
  if (json.type === 'null') return 'none (null in JSON)'
  return json.minLength !== undefined && json.minLength > 1 ? `text of at least ${json.minLength} characters` : 'text'
}

/** What the items are: a pattern has no words, so the schema describes it. */
function many (json: Json): string {
  if (json.type === 'object') return `objects with ${Object.keys(json.properties ?? {}).join(' and ')}`
  return json.description ?? 'texts'
}

function number (json: Json): string {
  const noun = json.type === 'integer' ? 'a whole number' : 'a number'
  return `${noun} from ${json.minimum ?? 0} to ${json.maximum ?? 'any'}`
}
