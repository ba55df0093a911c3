/** The flags of the command line, made from the configuration's keys. */
import { Option, type Command } from 'commander'
import { fileVariable } from '../config/environment.js'
import { defaultFile } from '../config/file.js'
import type { Flags } from '../config/flags.js'
import { constantDefault, defaultText, keys, type Key } from '../config/keys.js'
import type { Inputs } from '../config/load.js'
import { allowed } from '../config/value.js'

/** Adds one option for each key that is not secret, grouped as in the file, and `--config`. */
export function addOptions (program: Command): Command {
  program.addOption(new Option('-c, --config <file>', `configuration file (env: ${fileVariable}, default: ${defaultFile} if there is one)`))
  for (const key of keys) if (key.flag !== null) program.addOption(optionOf(key, key.flag))
  return program
}

/** What the command line gave for the configuration. */
export function inputsOf (program: Command): Inputs {
  const values = program.opts<Record<string, boolean | string[]>>()
  const flags: Record<string, boolean | string[]> = {}
  for (const key of keys) {
    if (key.flag === null) continue
    const name = optionOf(key, key.flag).attributeName()
    const value = values[name]
    if (value !== undefined && program.getOptionValueSource(name) === 'cli') flags[key.path] = value
  }
  const file = program.getOptionValue('config') as string | undefined
  return { file: file ?? null, flags: flags satisfies Flags }
}

function optionOf (key: Key, flag: string): Option {
  const about = `${key.meaning}${valuesOf(key)} (env: ${key.environment.join(', ')}; default: ${defaultText(key)})`
  const group = `${heading(key)}:`
  if (key.kind !== 'boolean') {
    const option = new Option(`${flag} <${placeholder(key)}>`, about)
    return option.argParser((text: string, before: string[] | undefined) => [...before ?? [], text]).helpGroup(group)
  }
  return constantDefault(key) === true
    ? new Option(flag.replace('--', '--no-'), `not: ${about}`).helpGroup(group)
    : new Option(flag, about).helpGroup(group)
}

function placeholder (key: Key): string {
  if (key.kind === 'list') return 'list'
  return key.unit ?? (key.name.endsWith('-port') ? 'port' : 'value')
}

// A choice is told; "a number from 1 to 10000" would only be noise in the help.
function valuesOf (key: Key): string {
  const words = allowed(key)
  return /^(a |text)/.test(words) || key.kind !== 'value' ? '' : `: ${words}`
}

const heading = (key: Key): string => key.group === '' ? 'Users and browsers' : key.group[0]?.toUpperCase() + key.group.slice(1)
