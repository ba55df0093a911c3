/** Playwright and Puppeteer as the bench uses them: against tggrid, and against what their users have without it, with the same browser. */
import { createRequire } from 'node:module'
import playwright, { type Browser } from 'playwright-core'
import puppeteer from 'puppeteer-core'
import { findBrowsers } from '../src/config/browsers.js'
import { usualPlaces } from '../src/config/discover.js'
import { startProgram } from './program.js'
import type { Scope } from './suite.js'

const { chromium } = playwright

/** A client at its first page. */
export interface AtPage {
  /** From nothing to a browser that answers, in milliseconds. */
  readonly connect: number
  /** From nothing to the page's title, in milliseconds. */
  readonly page: number
  readonly close: () => Promise<void>
}

export type Opener = (site: string) => Promise<AtPage>

/** Executables of this machine. */
export async function binaries (): Promise<{ readonly full: string, readonly shell: string }> {
  const { browsers } = await findBrowsers(null, usualPlaces())
  const of = (name: string): string => browsers.find(({ browserName }) => browserName === name)?.binary ?? ''
  return { full: of('chrome'), shell: of('chrome-headless-shell') || of('chrome') }
}

/** Playwright's own server, which launches a browser for each client. */
export async function startRunServer (scope: Scope, executablePath: string): Promise<Opener> {
  const cli = createRequire(import.meta.url).resolve('playwright-core/package.json').replace('package.json', 'cli.js')
  let endpoint = ''
  await startProgram(scope, {
    command: process.execPath,
    args: [cli, 'run-server', '--port', '0', '--host', '127.0.0.1', '--unsafe'],
    ready: lines => {
      endpoint = /Listening on (ws:\S+)/.exec(lines.join('\n'))?.[1] ?? ''
      return endpoint !== ''
    }
  })
  return viaPlaywright(() => chromium.connect(endpoint, { headers: { 'x-playwright-launch-options': JSON.stringify({ executablePath }) } }))
}

/** @param open a browser of Playwright's */
export function viaPlaywright (open: () => Promise<Browser>): Opener {
  return async site => {
    const begin = performance.now()
    const browser = await open()
    const connect = performance.now() - begin
    const page = await browser.newPage()
    await page.goto(`${site}/other`)
    right(await page.title())
    return { connect, page: performance.now() - begin, close: () => browser.close() }
  }
}

export function connectPlaywright (hub: string): Opener {
  return viaPlaywright(() => chromium.connect(`${hub.replace('http', 'ws')}/playwright`))
}

export function connectOverCdp (hub: string): Opener {
  return viaPlaywright(() => chromium.connectOverCDP(`${hub.replace('http', 'ws')}/cdp`))
}

export function launchPlaywright (executablePath: string): Opener {
  return viaPlaywright(() => chromium.launch({ executablePath }))
}

export function connectPuppeteer (hub: string): Opener {
  return viaPuppeteer(() => puppeteer.connect({ browserWSEndpoint: hub.replace('http', 'ws') }))
}

export function launchPuppeteer (executablePath: string): Opener {
  return viaPuppeteer(() => puppeteer.launch({ executablePath, args: ['--no-sandbox'] }))
}

function viaPuppeteer (open: () => Promise<Awaited<ReturnType<typeof puppeteer.connect>>>): Opener {
  return async site => {
    const begin = performance.now()
    const browser = await open()
    const connect = performance.now() - begin
    const page = await browser.newPage()
    await page.goto(`${site}/other`)
    right(await page.title())
    return { connect, page: performance.now() - begin, close: () => browser.close() }
  }
}

function right (title: string): void {
  if (title !== 'Other') throw new Error(`the title is ${title}`)
}
