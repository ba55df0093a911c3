/** The configuration file: JSON, with the keys in their groups. */
import { readFileSync } from 'node:fs'
import { ConfigError } from './error.js'
import { groups, keyOf } from './keys.js'
import { didYouMean } from './nearest.js'
import type { Setting, Source } from './source.js'
import { checkValue } from './value.js'
import { isObject } from '../protocol/object.js'

/** Read when it exists and nothing else is asked for; relative to the working directory. */
export const defaultFile = 'config/tggrid.json'

/**
 * @param file null for the default one, which may be absent
 * @throws ConfigError when the file cannot be read or is not JSON
 */
export function readFile (file: string | null): Source {
  const name = file ?? defaultFile
  const json = parseJson(name, file === null)
  if (json === undefined) return { settings: [], problems: [] }
  if (!isObject(json)) throw new ConfigError([`${name}: an object is expected, such as {"pool": {"size": 10}}`])
  return collect(name, json)
}

/**
 * @returns undefined when the file does not exist and may be absent
 * @throws ConfigError naming the file, and the line for bad JSON
 */
export function parseJson (file: string, mayBeAbsent = false): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (mayBeAbsent && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError([`${file}: cannot be read: ${(error as Error).message}`])
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw new ConfigError([`${file}: is not JSON${lineOf(text, error as Error)}: ${(error as Error).message}`])
  }
}

function collect (file: string, json: Record<string, unknown>): Source {
  const settings: Setting[] = []
  const problems: string[] = []
  for (const [path, value] of leaves(json, problems, file)) {
    const key = keyOf.get(path)
    if (key === undefined) {
      problems.push(`${file}: unknown key ${path}${didYouMean(path, [...keyOf.keys(), ...groups])}`)
      continue
    }
    const checked = checkValue(key, value)
    if ('problem' in checked) problems.push(`${file}: ${path} ${checked.problem}`)
    else settings.push({ path, value: checked.value, origin: { from: 'file', name: file } })
  }
  return { settings, problems }
}

function * leaves (json: Record<string, unknown>, problems: string[], file: string): Generator<[string, unknown]> {
  for (const [name, value] of Object.entries(json)) {
    // Editors look for a schema under this name.
    if (name === '$schema') continue
    if (!groups.has(name)) yield [name, value]
    else if (isObject(value)) for (const [key, inner] of Object.entries(value)) yield [`${name}.${key}`, inner]
    else problems.push(`${file}: ${name} is ${JSON.stringify(value)}; it takes an object of keys`)
  }
}

function lineOf (text: string, error: Error): string {
  const position = /position (\d+)/.exec(error.message)?.[1]
  return position === undefined ? '' : ` (line ${text.slice(0, Number(position)).split('\n').length})`
}
