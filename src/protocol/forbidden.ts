/**
 * What a client may not ask a browser of the grid's own machine for: programs of that machine, and browsers that are not its own.
 * A container holds nothing but its browser, and may be asked for all of it but the latter.
 */
import { WebDriverError } from './errors.js'

/** Switches of Chromium that name a program to be started. */
const programs = new Set([
  'browser-subprocess-path', 'gpu-launcher', 'ppapi-plugin-launcher', 'renderer-cmd-prefix', 'renderer-startup-dialog', 'utility-cmd-prefix', 'zygote-cmd-prefix', 'nacl-gdb', 'nacl-gdb-script', 'plugin-launcher'
])

/**
 * @param options of `goog:chromeOptions`, whatever their shape
 * @param binary the only executable that may be named; undefined where any may
 * @throws WebDriverError `invalid argument`
 */
export function refuseForbidden (options: object, binary: string | undefined): void {
  const { binary: wanted, debuggerAddress, args } = options as { binary?: unknown, debuggerAddress?: unknown, args?: unknown }
  if (debuggerAddress !== undefined) throw forbidden('goog:chromeOptions.debuggerAddress', 'it names a browser that is not this session\'s')
  if (binary === undefined) return
  if (wanted !== undefined && wanted !== binary) throw forbidden('goog:chromeOptions.binary', `browsers run on the grid's own machine, which has ${binary}`)
  refusePrograms(Array.isArray(args) ? args : [])
}

/** The same for arguments alone. @throws WebDriverError `invalid argument` */
export function refusePrograms (args: readonly unknown[]): void {
  const name = args.map(nameOf).find(name => programs.has(name))
  if (name !== undefined) throw forbidden(`the argument --${name}`, 'it starts a program of the grid\'s own machine')
}

function nameOf (arg: unknown): string {
  return typeof arg === 'string' ? arg.trim().replace(/^-+/, '').split('=', 1)[0]?.toLowerCase() ?? '' : ''
}

export function forbidden (what: string, why: string): WebDriverError {
  return new WebDriverError('invalid argument', `${what} cannot be asked for: ${why}`)
}
