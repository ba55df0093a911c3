/** `tggrid config`: every value, and where it comes from. Secrets are masked. */
import { keys, type Key } from '../config/keys.js'
import type { Loaded } from '../config/load.js'
import type { Config } from '../config/schema.js'
import type { Origin } from '../config/source.js'

/** What a secret looks like in print. */
export const mask = '********'

export function showConfig ({ config, provenance }: Loaded, json: boolean): void {
  const rows = keys.map(key => ({ key, value: shown(config, key), origin: provenance.get(key.path) ?? { from: 'default' as const } }))
  if (json) console.log(JSON.stringify(Object.fromEntries(rows.map(({ key, value, origin }) => [key.path, { value, ...origin }])), null, 2))
  else console.log(table(rows.map(({ key, value, origin }) => [key.path, textOf(key, value), originText(origin)])))
}

function shown (config: Config, key: Key): unknown {
  if (key.path === 'users') return config.users.map(user => ({ name: user.name, password: mask }))
  if (key.secret === true) return mask
  const [group, name] = key.path.split('.') as [keyof Config, string | undefined]
  return name === undefined ? config[group] : (config[group] as Record<string, unknown>)[name]
}

function textOf (key: Key, value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return 'none'
  if (key.path === 'users') return (value as Array<{ name: string }>).map(user => `${user.name}:${mask}`).join(' ')
  if (Array.isArray(value)) return value.join(' ')
  return key.unit === undefined ? String(value) : `${String(value)} ${key.unit}`
}

const originText = (origin: Origin): string => origin.from === 'default' ? 'default' : `${origin.from} ${origin.name}`

/** Lines with columns of equal width. */
export function table (rows: ReadonlyArray<readonly string[]>): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
