/** What a file for Swarm or Kubernetes tells tggrid, and whether tggrid would take it. */
import { Command } from 'commander'
import { addOptions, inputsOf } from '../../src/cli/options.js'
import { fileVariable } from '../../src/config/environment.js'
import { keys } from '../../src/config/keys.js'
import { loadConfig } from '../../src/config/load.js'
import type { Config } from '../../src/config/schema.js'

export interface Told {
  /** Of its container: a role's name, and flags. */
  readonly args: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const known = new Set([fileVariable, ...keys.flatMap(({ environment }) => environment)])

/** @throws Error that names each variable and each value that is not known, CommanderError for a flag */
export function configOf ({ args, environment }: Told): Config {
  const strange = Object.keys(environment).filter(name => !known.has(name))
  if (strange.length > 0) throw new Error(`tggrid reads no ${strange.join(', ')}`)
  const program = addOptions(new Command().argument('[command]').exitOverride().configureOutput({ writeErr () {} }))
  program.parse(args, { from: 'user' })
  const { file = null, flags = {} } = inputsOf(program)
  const [role] = program.args
  return loadConfig({ file, flags: { ...flags, ...role === undefined ? {} : { role: [role] } }, environment }).config
}
