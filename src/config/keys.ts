/** The schema as a flat list: one entry for each value that can be set. */
import { z } from 'zod'
import { about, type About } from './about.js'
import { schema } from './schema.js'

export interface Key extends About {
  /** Where it is in the file, such as `session.idleTimeout`. */
  readonly path: string
  /** The group's name; empty at the top level. */
  readonly group: string
  readonly schema: z.ZodType
  /** `--idle-timeout`; null for secrets. */
  readonly flag: string | null
  /** Names in the environment; later ones win. */
  readonly environment: readonly string[]
  readonly kind: 'boolean' | 'list' | 'value'
}

export const keys: readonly Key[] = flatten(schema, '')

export const keyOf: ReadonlyMap<string, Key> = new Map(keys.map(key => [key.path, key]))

/** Names of the groups: the objects at the top level. */
export const groups: ReadonlySet<string> = new Set(keys.map(key => key.group).filter(group => group !== ''))

/** What a key's default is when it is a constant; undefined for computed ones. */
export function constantDefault (key: Key): unknown {
  const parsed = key.schema.safeParse(undefined)
  return parsed.success ? parsed.data : undefined
}

/** A default as people read it. */
export function defaultText (key: Key): string {
  if (key.computed !== undefined) return key.computed
  const value = constantDefault(key)
  return value === null || (Array.isArray(value) && value.length === 0) ? 'none' : String(value)
}

function flatten (object: z.ZodObject, group: string): Key[] {
  return Object.entries(object.shape).flatMap(([name, part]) => {
    const path = group === '' ? name : `${group}.${name}`
    return part instanceof z.ZodObject ? flatten(part, path) : [leaf(path, group, part as z.ZodType)]
  })
}

function leaf (path: string, group: string, part: z.ZodType): Key {
  const known = about.get(part)
  if (known === undefined) throw new Error(`configuration key ${path} has no description`)
  const own = `TGGRID_${known.name.toUpperCase().replaceAll('-', '_')}`
  return {
    ...known,
    path,
    group,
    schema: part,
    flag: known.secret === true && known.spoken !== true ? null : `--${known.name}`,
    environment: known.alias === undefined ? [own] : [known.alias, own],
    kind: kindOf(part)
  }
}

function kindOf (part: z.ZodType): Key['kind'] {
  if (part instanceof z.ZodDefault) return kindOf(part.unwrap() as z.ZodType)
  if (part instanceof z.ZodBoolean) return 'boolean'
  return part instanceof z.ZodArray ? 'list' : 'value'
}
