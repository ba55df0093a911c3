/** The only place that reads the environment. */
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
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

/** Where programs of this user keep their data (XDG Base Directory Specification). */
export function dataFolder (environment: Environment = process.env): string {
  return environment['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')
}

/** What browsers get of our environment: nothing secret, since a page could read all of it from file:///proc/self/environ. */
const forBrowsers = /^(PATH|LANG|LANGUAGE|LC_\w+|TZ|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|FONTCONFIG_\w+|SSL_CERT_(FILE|DIR)|(https?|no|all|ftp)_proxy)$/i

/** The environment of drivers and browsers. */
export function browserEnvironment (environment: Environment = process.env): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).flatMap(([name, text]) => text !== undefined && forBrowsers.test(name) ? [[name, text]] : []))
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
