/** Settings from the command line. */
import { keys } from './keys.js'
import type { Setting, Source } from './source.js'
import { readText } from './value.js'

/** By key path: true or false for a switch, otherwise the texts that were given, in order. */
export type Flags = Readonly<Record<string, boolean | readonly string[]>>

export function readFlags (flags: Flags): Source {
  const settings: Setting[] = []
  const problems: string[] = []
  for (const key of keys) {
    const given = flags[key.path]
    if (given === undefined || key.flag === null) continue
    const checked = typeof given === 'boolean' ? { value: given } : readText(key, given)
    if ('problem' in checked) problems.push(`${key.flag} (${key.path}) ${checked.problem}`)
    else settings.push({ path: key.path, value: checked.value, origin: { from: 'flag', name: flagOf(key.flag, given) } })
  }
  return { settings, problems }
}

const flagOf = (flag: string, given: boolean | readonly string[]): string => given === false ? flag.replace('--', '--no-') : flag
