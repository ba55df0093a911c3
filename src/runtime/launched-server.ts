/** Browsers that Playwright has launched and serves (`browserType.launchServer`), with their DevTools open beside. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { featuresIn, featureSwitches, type Features } from '../protocol/features.js'
import type { PlaywrightLaunch } from '../protocol/host-needs.js'
import type { LaunchOptions } from '../protocol/playwright.js'
import type { Address } from './runtime.js'
import { makeSparePage, type BrowserPipes } from './spare-page.js'

/** The part of playwright-core that is used here, the same in all its versions. */
export interface PlaywrightModule {
  readonly chromium: {
    launchServer (options: object): Promise<BrowserServer>
    connect (endpoint: string): Promise<Browser>
  }
}

interface BrowserServer {
  wsEndpoint (): string
  /** The browser's. */
  process (): { readonly spawnargs: readonly string[], readonly stdio: readonly unknown[] }
  close (): Promise<void>
  once (event: 'close', listener: () => void): void
}

interface Browser {
  newContext (): Promise<{ newPage (): Promise<{ goto (url: string): Promise<unknown> }>, close (): Promise<void> }>
  close (): Promise<void>
}

/** Executables; empty where there is none. At least one is not. */
export interface Binaries {
  readonly full: string
  readonly shell: string
}

export interface Launch extends Pick<PlaywrightLaunch, 'options' | 'features'> {
  /** Whether the browser is to wait for its client, instead of the client for it. */
  readonly rehearsed: boolean
  /** Whether its clients each get a server of their own in front of it. */
  readonly isShared?: boolean
  /** Exists and is empty; all that the browser and Playwright's server write for it goes there. */
  readonly folder: string
}

export interface LaunchedServer {
  /** Of Playwright's WebSocket. */
  readonly endpoint: string
  /** Of DevTools, `host:port`. */
  readonly debuggerAddress: string
  /** Resolves when the browser has gone, whichever way. */
  readonly gone: Promise<void>
  /** The browser may have been killed before. */
  close (): Promise<void>
}

/** How often it is looked whether a profile is there, in milliseconds. */
const glance = 2
/** How long a browser may take to open DevTools beside its pipe, in milliseconds. */
const portDeadline = 5000

export class PlaywrightLauncher {
  readonly #playwright: PlaywrightModule
  readonly #binaries: Binaries
  readonly #listen: Address
  #last: Promise<unknown> = Promise.resolve()
  /** Where this process writes, but for launches. */
  readonly #usual = { TMPDIR: tmpdir(), HOME: homedir() }
  /** Features that Playwright's own switches name; known from the first browser on. */
  #own: Features | undefined
  #hasOpenedPages = false

  /** @param listen where Playwright's servers listen; port 0 takes any free one */
  constructor (playwright: PlaywrightModule, binaries: Binaries, listen: Address) {
    this.#playwright = playwright
    this.#binaries = binaries
    this.#listen = listen
  }

  /** Rejects with Playwright's own error and what the browser said. */
  async launch (launch: Launch): Promise<LaunchedServer> {
    const { options, features, folder, rehearsed, isShared = false } = launch
    const server = await this.#launchServer(launch, '--remote-debugging-port=0')
    try {
      const gone = new Promise<void>(resolve => server.once('close', resolve))
      if (areUntouched(options, features)) this.#own ??= featuresIn(server.process().spawnargs)
      if (rehearsed && !this.#hasOpenedPages) await this.#openOnePage(server)
      if (rehearsed && !isShared && options.headless !== false) await makeSparePage(pipesOf(server)) // not where a window would be seen that nobody has opened
      return { endpoint: server.wsEndpoint(), debuggerAddress: `127.0.0.1:${await debuggingPort(folder)}`, gone, close: () => server.close() }
    } catch (error) {
      await server.close()
      throw error
    }
  }

  /** A server in front of a browser that is there already. @param arg by which the launch finds it */
  async serve ({ arg, ...launch }: Omit<Launch, 'rehearsed'> & { readonly arg: string }): Promise<Pick<LaunchedServer, 'endpoint' | 'close'>> {
    const server = await this.#launchServer(launch, arg)
    return { endpoint: server.wsEndpoint(), close: () => server.close() }
  }

  #launchServer ({ options, features, folder }: Omit<Launch, 'rehearsed'>, arg: string): Promise<BrowserServer> {
    return this.#inTurn(folder, () => this.#playwright.chromium.launchServer({
      ...options,
      ...everythingIn(folder),
      executablePath: executableFor(options, this.#binaries),
      args: [...options.args ?? [], ...this.#featureSwitches(options, features), arg],
      ...this.#listen,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false
    }))
  }

  /**
   * Where Playwright makes a browser's profile is a matter of the whole process: the next launch begins when it is there. What else it may write, it writes
   * to the process' own folder again, which stays when this one has gone.
   */
  #inTurn<T> (folder: string, launch: () => Promise<T>): Promise<T> {
    const own = this.#last.then(launch)
    const over = new AbortController()
    const settled = own.catch(() => {}).then(() => over.abort())
    const made = this.#last.then(async () => { while (!over.signal.aborted && profileIn(folder) === undefined) await pause(glance) })
    this.#last = Promise.race([made, settled]).then(() => { Object.assign(env, this.#usual) })
    return own
  }

  /** Chrome hears the last switch only, which is the client's when it has one; nothing is wished for without knowing what it would replace. */
  #featureSwitches ({ ignoreDefaultArgs }: LaunchOptions, { said, wished }: Launch['features']): string[] {
    const own = ignoreDefaultArgs === undefined ? this.#own : undefined
    if (own === undefined) return featureSwitches(said, { enable: [], disable: [] })
    const replaced = { enable: said.enable.length > 0 ? said.enable : own.enable, disable: said.disable.length > 0 ? said.disable : own.disable }
    return featureSwitches(replaced, wished)
  }

  /**
   * Code of this process that has never run is slow. A browser itself gains nothing worth having by a page before its client's.
   * Its context is closed, and nothing of it is left.
   */
  async #openOnePage (server: BrowserServer): Promise<void> {
    const browser = await this.#playwright.chromium.connect(server.wsEndpoint().replace('//0.0.0.0:', '//127.0.0.1:'))
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto('about:blank')
    await context.close()
    await browser.close()
    this.#hasOpenedPages = true
  }
}

/** Where `--remote-debugging-pipe` has them. */
function pipesOf (server: BrowserServer): BrowserPipes {
  const [, , , commands, answers] = server.process().stdio
  return { commands, answers } as BrowserPipes
}

/** Whether a browser's switches of features are all Playwright's, and all of Playwright's: another client's must not be taken for them. */
function areUntouched ({ ignoreDefaultArgs }: LaunchOptions, { said }: Launch['features']): boolean {
  return ignoreDefaultArgs === undefined && said.enable.length === 0 && said.disable.length === 0
}

/** Headless sessions use the headless shell where there is one, as Playwright's own do; a channel asks for the whole browser. */
function executableFor ({ headless = true, channel }: LaunchOptions, { full, shell }: Binaries): string {
  return shell !== '' && (full === '' || (headless && channel === undefined)) ? shell : full
}

/** Profile, downloads, traces and videos; and the browser carries the folder in its environment, by which it is found and ended. */
function everythingIn (folder: string): object {
  env['TMPDIR'] = folder
  env['HOME'] = folder
  const [downloadsPath, tracesDir, artifactsDir] = ['downloads', 'traces', 'artifacts'].map(name => {
    const path = join(folder, name)
    mkdirSync(path)
    return path
  })
  return { downloadsPath, tracesDir, artifactsDir, env: { ...env } }
}

/** Chromium writes it into its profile, a moment after Playwright has it by its pipe. @throws Error when it does not */
async function debuggingPort (folder: string): Promise<string> {
  const profile = profileIn(folder)
  if (profile === undefined) throw new Error('Playwright has made no profile')
  const file = join(folder, profile, 'DevToolsActivePort')
  for (let left = portDeadline; left > 0; left -= glance) {
    const [port = '', ...rest] = existsSync(file) ? readFileSync(file, 'latin1').split('\n') : []
    if (rest.length > 0) return port
    await pause(glance)
  }
  throw new Error(`the browser did not say where its DevTools are within ${portDeadline} ms`)
}

function profileIn (folder: string): string | undefined {
  return readdirSync(folder).find(name => name.startsWith('playwright_chromiumdev_profile-'))
}
