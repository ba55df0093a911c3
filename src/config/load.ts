/** Defaults ← file ← environment ← flags: one frozen, validated configuration, and where each of its values came from. */
import { fileFromEnvironment, readEnvironment, type Environment } from './environment.js'
import { ConfigError } from './error.js'
import { readFile } from './file.js'
import { readFlags, type Flags } from './flags.js'
import { constantDefault, keys } from './keys.js'
import { computedDefaults, thisMachine, type Machine } from './machine.js'
import { brokenRules } from './rules.js'
import { schema, type Config } from './schema.js'
import type { Origin, Setting } from './source.js'

export interface Loaded {
  readonly config: Config
  /** By key path, such as `session.idleTimeout`. */
  readonly provenance: ReadonlyMap<string, Origin>
}

export interface Inputs {
  /** The file that `--config` names; null or absent for the environment's or the default one. */
  readonly file?: string | null
  /** The process's own unless given. */
  readonly environment?: Environment
  readonly flags?: Flags
  readonly machine?: Machine
}

/** @throws ConfigError with every problem found, not only the first */
export function loadConfig (inputs: Inputs = {}): Loaded {
  const sources = [
    readFile(inputs.file ?? fileFromEnvironment(inputs.environment)),
    readEnvironment(inputs.environment),
    readFlags(inputs.flags ?? {})
  ]
  const problems = sources.flatMap(source => source.problems)
  if (problems.length > 0) throw new ConfigError(problems)
  // Later settings replace earlier ones.
  const settings = new Map(sources.flatMap(source => source.settings).map(setting => [setting.path, setting]))
  return settle(settings, inputs.machine ?? thisMachine())
}

function settle (settings: ReadonlyMap<string, Setting>, machine: Machine): Loaded {
  const given = new Map([...settings].map(([path, setting]) => [path, setting.value]))
  const computed = computedDefaults(machine, given)
  const tree: Record<string, unknown> = {}
  for (const key of keys) {
    const value = given.has(key.path) ? given.get(key.path) : computed.get(key.path) ?? constantDefault(key) ?? null
    place(tree, key.path, value)
  }
  const config: Config = freeze(schema.parse(tree))
  const broken = brokenRules(config)
  if (broken.length > 0) throw new ConfigError(broken)
  return { config, provenance: new Map(keys.map(key => [key.path, settings.get(key.path)?.origin ?? { from: 'default' }])) }
}

function place (tree: Record<string, unknown>, path: string, value: unknown): void {
  const [group, name] = path.split('.')
  if (group === undefined) return
  if (name === undefined) tree[group] = value
  else tree[group] = { ...tree[group] as object, [name]: value }
}

function freeze<T> (value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
