/** Playwright's own protocol, as far as a grid has to read it: which version and browser a client needs, and with which launch options. */
import { WebDriverError } from './errors.js'
import { isObject } from './object.js'

/** The capability by which a session is one of Playwright's. Clients cannot send it: their socket's path and headers say it. */
export const playwrightCapability = 'tggrid:playwright'

export interface PlaywrightWish {
  /** Major and minor of Playwright, such as `1.65`: those of client and server have to be equal. */
  readonly version: string
  readonly options: LaunchOptions
}

/** What a client may say of the launch: Playwright's options without those that name files of the grid's machine. */
export interface LaunchOptions {
  readonly args?: readonly string[]
  readonly channel?: string
  readonly chromiumSandbox?: boolean
  readonly firefoxUserPrefs?: Readonly<Record<string, unknown>>
  readonly headless?: boolean
  readonly ignoreDefaultArgs?: boolean | readonly string[]
  readonly proxy?: { readonly server: string, readonly bypass?: string, readonly username?: string, readonly password?: string }
  readonly slowMo?: number
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

const shapes: Readonly<Record<keyof LaunchOptions, readonly [is: (value: unknown) => boolean, words: string]>> = {
  args: [areTexts, 'a list of texts'],
  channel: [value => isText(value) && /^(chrome|chromium)(-headless-shell|-beta|-dev|-canary)?$/.test(String(value)), 'one of chrome, chromium, chromium-headless-shell: this grid has Chromium'],
  chromiumSandbox: [isFlag, 'true or false'],
  firefoxUserPrefs: [isObject, 'an object'],
  headless: [isFlag, 'true or false'],
  ignoreDefaultArgs: [value => isFlag(value) || areTexts(value), 'true, false or a list of texts'],
  proxy: [value => isObject(value) && isText((value as { server?: unknown }).server), 'an object with a server'],
  slowMo: [value => typeof value === 'number' && value >= 0, 'a number of milliseconds']
}

/** What the test runner says whether it was told so or not. */
const defaults: Readonly<Record<string, unknown>> = { headless: true, slowMo: 0, ignoreDefaultArgs: false }

/**
 * The launch options that count, in an order of their own, so that equal wishes look equal. Others (`timeout`, `env`, `executablePath`,
 * `downloadsPath`, …) are the server's business, as Playwright's own server sees it.
 * @throws WebDriverError `invalid argument`
 */
export function launchOptions (given: unknown): LaunchOptions {
  if (!isObject(given)) throw new WebDriverError('invalid argument', `launch options have to be an object, and are ${JSON.stringify(given)}`)
  const options = given as Readonly<Record<string, unknown>>
  const kept = (Object.keys(shapes) as (keyof LaunchOptions)[]).filter(name => options[name] != null && options[name] !== defaults[name] && !isEmptyList(options[name]))
  for (const name of kept) {
    const [is, words] = shapes[name]
    if (!is(options[name])) throw new WebDriverError('invalid argument', `the launch option ${name} has to be ${words}, and is ${JSON.stringify(options[name])}`)
  }
  return Object.fromEntries(kept.map(name => [name, options[name]]))
}

function isEmptyList (value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** `1.65` of `Playwright/1.65.1 (x64; debian 12) node/20.20`; undefined for other clients. */
export function playwrightVersionOf (userAgent: string | undefined): string | undefined {
  return /^Playwright\/(\d+\.\d+)\./.exec(userAgent ?? '')?.[1]
}
