/** A browser that Playwright has launched and serves (`browserType.launchServer`), with its DevTools open beside. */
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LaunchOptions } from '../protocol/playwright.js'

/** The part of playwright-core that is used here, the same in all its versions. */
export interface PlaywrightModule {
  readonly chromium: {
    launchServer (options: object): Promise<BrowserServer>
    connect (endpoint: string): Promise<Browser>
  }
}

interface BrowserServer {
  wsEndpoint (): string
  close (): Promise<void>
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

export class LaunchedServer {
  /** Of Playwright's WebSocket. */
  readonly endpoint: string
  /** Of DevTools, `host:port`. */
  readonly debuggerAddress: string
  readonly #server: BrowserServer

  private constructor (server: BrowserServer, debuggerAddress: string) {
    this.#server = server
    this.endpoint = server.wsEndpoint()
    this.debuggerAddress = debuggerAddress
  }

  /** @throws Playwright's own error, with what the browser said */
  static async launch (playwright: PlaywrightModule, binaries: Binaries, options: LaunchOptions): Promise<LaunchedServer> {
    const server = await playwright.chromium.launchServer({
      ...options,
      executablePath: executableFor(options, binaries),
      args: [...options.args ?? [], '--remote-debugging-port=0'],
      host: '127.0.0.1',
      port: 0,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false
    })
    await openOnePage(playwright, server)
    return new LaunchedServer(server, `127.0.0.1:${debuggingPort()}`)
  }

  /** Its browser may have been killed before. */
  close (): Promise<void> {
    return this.#server.close()
  }
}

/** Headless sessions use the headless shell where there is one, as Playwright's own do; a channel asks for the whole browser. */
function executableFor ({ headless = true, channel }: LaunchOptions, { full, shell }: Binaries): string {
  return shell !== '' && (full === '' || (headless && channel === undefined)) ? shell : full
}

/** The first page of a browser takes longer than the next ones. Its context is closed, and nothing of it is left. */
async function openOnePage (playwright: PlaywrightModule, server: BrowserServer): Promise<void> {
  const browser = await playwright.chromium.connect(server.wsEndpoint())
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto('about:blank')
  await context.close()
  await browser.close()
}

/** Chromium writes it into its profile, which Playwright makes in the temporary folder: ours alone, and empty before. */
function debuggingPort (): string {
  const profile = readdirSync(tmpdir()).find(name => name.startsWith('playwright_chromiumdev_profile-'))
  if (profile === undefined) throw new Error('Playwright has made no profile')
  return readFileSync(join(tmpdir(), profile, 'DevToolsActivePort'), 'latin1').split('\n', 1)[0] ?? ''
}
