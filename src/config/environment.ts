/** The only place that reads the environment. */
import { delimiter } from 'node:path'
import { keys } from './keys.js'
import { didYouMean } from './nearest.js'
import type { Setting, Source } from './source.js'
import { readText } from './value.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** Names the configuration file, as `--config` does. */
export const fileVariable = 'TGGRID_CONFIG'

/** Settings from `TGGRID_…` and the names that the guide gives. An empty variable counts as not set, as Compose files have them. */
export function readEnvironment (environment: Environment = process.env): Source {
  const settings: Setting[] = []
  const problems = unknownNames(environment)
  for (const key of keys) {
    for (const name of key.environment) {
      const text = environment[name]
      if (text === undefined || text === '' || isServiceLink(name, text)) continue
      const checked = readText(key, [text])
      if ('problem' in checked) problems.push(`environment variable ${name} (${key.path}) ${checked.problem}`)
      else settings.push({ path: key.path, value: checked.value, origin: { from: 'environment', name } })
    }
  }
  return { settings, problems }
}

/** The configuration file that the environment names. */
export function fileFromEnvironment (environment: Environment = process.env): string | null {
  return environment[fileVariable] || null
}

/** Folders in which commands are looked for. */
export function searchPath (environment: Environment = process.env): string[] {
  return (environment['PATH'] ?? '').split(delimiter).filter(folder => folder !== '')
}

/** The display on which browsers could open windows (X11 or Wayland). */
export function display (environment: Environment = process.env): string | null {
  return environment['DISPLAY'] || environment['WAYLAND_DISPLAY'] || null
}

/** Our own environment with some more `NAME=value`, for a child process. */
export function childEnvironment (more: readonly string[], environment: Environment = process.env): Record<string, string | undefined> {
  return { ...environment, ...Object.fromEntries(more.map(entry => [entry.split('=', 1)[0] ?? '', entry.slice(entry.indexOf('=') + 1)])) }
}

function unknownNames (environment: Environment): string[] {
  const known = new Set([fileVariable, ...keys.flatMap(key => key.environment)])
  return Object.entries(environment)
    .filter(([name, text]) => name.startsWith('TGGRID_') && !known.has(name) && !isServiceLink(name, text ?? ''))
    .map(([name]) => `environment variable ${name} is not known${didYouMean(name, known)}`)
}

// Kubernetes tells every container of a Service named tggrid by TGGRID_PORT=tcp://…, TGGRID_SERVICE_HOST and the like.
function isServiceLink (name: string, text: string): boolean {
  return /^(tcp|udp):\/\//.test(text) || /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)/.test(name)
}
