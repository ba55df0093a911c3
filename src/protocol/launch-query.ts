/** Launch arguments in a URL's query, as browserless' users write them: `?launch={"args":[…]}&headless=true&--window-size=800,600`. */
import type { Capabilities } from './capabilities.js'
import { WebDriverError } from './errors.js'

interface Launch {
  readonly args?: readonly string[]
  readonly headless?: boolean | string
  readonly ignoreDefaultArgs?: boolean | readonly string[]
  readonly ignoreHTTPSErrors?: boolean
  readonly acceptInsecureCerts?: boolean
}

/** As the capabilities of a WebDriver session that would be the same. What only the client itself acts on (`slowMo`, `defaultViewport`) is not looked at. @throws WebDriverError `invalid argument` */
export function launchArguments (query: URLSearchParams): Capabilities {
  const launch = objectOf(parsed(query.get('launch') ?? '{}'))
  const args = [...checkedArgs(launch.args), ...flagsOf(query), ...headless(query.get('headless') ?? launch.headless)]
  const excludeSwitches = Array.isArray(launch.ignoreDefaultArgs) ? checkedArgs(launch.ignoreDefaultArgs).map(arg => arg.replace(/^-+/, '').split('=', 1)[0]) : []
  const insecure = launch.ignoreHTTPSErrors === true || launch.acceptInsecureCerts === true || isSet(query.get('ignoreHTTPSErrors')) || isSet(query.get('acceptInsecureCerts'))
  const version = query.get('version')
  const lifetime = lifetimeOf(query.get('timeout') ?? '0')
  const isolation = query.get('isolation')
  const grid = { ...lifetime > 0 ? { lifetime } : {}, ...isolation === null ? {} : { isolation } }
  return {
    ...version === null ? {} : { browserVersion: version },
    ...args.length + excludeSwitches.length === 0 ? {} : { 'goog:chromeOptions': { args, ...excludeSwitches.length === 0 ? {} : { excludeSwitches } } },
    ...insecure ? { acceptInsecureCerts: true } : {},
    ...Object.keys(grid).length === 0 ? {} : { 'tggrid:options': grid }
  }
}

function objectOf (launch: unknown): Launch {
  if (typeof launch !== 'object' || launch === null || Array.isArray(launch)) throw new WebDriverError('invalid argument', `launch has to be an object, and is ${JSON.stringify(launch)}`)
  return launch
}

function checkedArgs (args: readonly string[] = []): readonly string[] {
  const wrong = Array.isArray(args) ? args.find(arg => typeof arg !== 'string' || !arg.startsWith('-')) : args
  if (wrong !== undefined) throw new WebDriverError('invalid argument', `launch.args has to be a list of switches that begin with -, and has ${JSON.stringify(wrong)}`)
  return args
}

/** Of milliseconds as browserless counts them; 0 is without end. */
function lifetimeOf (timeout: string): number {
  if (!/^\d+$/.test(timeout)) throw new WebDriverError('invalid argument', `timeout has to be a number of milliseconds, and is ${JSON.stringify(timeout)}`)
  return Number(timeout) / 1000
}

function flagsOf (query: URLSearchParams): string[] {
  return [...query].filter(([name]) => name.startsWith('--')).map(([name, value]) => value === '' ? name : `${name}=${value}`)
}

/** Without a word a browser is headless where there is no display. */
function headless (value: boolean | string | null | undefined): string[] {
  return value === true || value === 'true' || value === 'new' || value === 'shell' || value === '' ? ['--headless=new'] : []
}

function isSet (value: string | null): boolean {
  return value !== null && value !== 'false'
}

/** JSON, as it is or in base64 as browserless' users write it. */
export function parsed (text: string): unknown {
  const json = text.trimStart().startsWith('{') ? text : Buffer.from(text, 'base64').toString('utf8')
  try {
    return JSON.parse(json)
  } catch {
    throw new WebDriverError('invalid argument', `launch options have to be JSON, and are ${JSON.stringify(text.slice(0, 200))}`)
  }
}
