/** Sessions of one version of Playwright share a driver, and nothing else: browsers, files and crashes stay their own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import playwright, { type Browser } from 'playwright-core'
import t from 'tap'
import { killNow } from '../../src/runtime/processes.js'
import { leasedOf } from '../support/pool.js'
import { startProcess, type ProcessGrid } from '../support/process-grid.js'
import { descendantsOf } from '../support/processes.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'

const { chromium } = playwright

const connect = ({ hub }: ProcessGrid): Promise<Browser> => chromium.connect(`${ws(hub)}/playwright`)
const free = ({ hub }: ProcessGrid): Promise<unknown> => until('every slot is free', async () => await leasedOf(hub) === 0)

/** Playwright's drivers, by their command line (proc(5)). */
function drivers ({ descendants }: ProcessGrid): number[] {
  return descendants().filter(pid => commandLine(pid).includes('playwright-driver.js'))
}

/** Browsers themselves, without their helpers. */
function browsers ({ descendants }: ProcessGrid): number[] {
  return descendants().filter(pid => /playwright_chromiumdev_profile/.test(commandLine(pid)) && !/--type=/.test(commandLine(pid)))
}

/** A headless shell has one for each page, and none before its first one. */
function renderers ({ child }: ProcessGrid): number[] {
  return descendantsOf(child.pid ?? NaN).filter(pid => /--type=renderer/.test(commandLine(pid)))
}

function commandLine (pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return '' // it has ended
  }
}

/** What Playwright's browsers have written, below the grid's own folder. */
function profiles ({ leftovers, folder }: ProcessGrid): string[] {
  const places = leftovers().flatMap(name => existsSync(join(folder, name)) ? readdirSync(join(folder, name)).map(place => join(folder, name, place)) : [])
  return places.flatMap(place => existsSync(place) && !place.endsWith('owner') && !place.endsWith('control') ? readdirSync(place) : []).filter(name => name.startsWith('playwright_chromiumdev_profile'))
}

/** Never 0, which would be our own process group. */
function oneOf ([pid]: readonly number[]): number {
  if (pid === undefined) throw new Error('there is no such process')
  return pid
}

function gone (browser: Browser): Promise<void> {
  return new Promise(resolve => browser.once('disconnected', () => resolve()))
}

t.test('several sessions, one driver; what one leaves is removed while the others go on', async t => {
  const grid = await startProcess(t, { 'pool.size': 4, 'pool.warm': 1, 'playwright.warm': 2 })
  await grid.said('ready')
  const [one, two] = await Promise.all([connect(grid), connect(grid)])
  t.equal(drivers(grid).length, 1)
  const page = await two.newPage()
  await page.setContent('<title>Mine</title>')
  await one.close()
  await until('the two that wait and the one in use are there, and nothing else', () => profiles(grid).length === 3 && browsers(grid).length === 3)
  t.equal(await page.title(), 'Mine')
  await two.close()
  await free(grid)
  t.equal(drivers(grid).length, 1, 'and the driver stays for the next one')
})

t.test('a client\'s first page is there before it comes, unless it asks for one that is different', async t => {
  const grid = await startProcess(t, { 'pool.size': 2, 'pool.warm': 0, 'playwright.warm': 1 })
  await grid.said('ready')
  const warm = await until('a page is there', () => renderers(grid).length === 1 && renderers(grid))
  const browser = await connect(grid)
  const proxied = await browser.newContext({ proxy: { server: 'http://127.0.0.1:1' } })
  await proxied.newPage()
  t.equal(renderers(grid).filter(pid => !warm.includes(pid)).length, 1, 'a context that has a proxy has a page of its own')
  await proxied.close()
  const context = await browser.newContext({ locale: 'de-DE' })
  await context.addInitScript('globalThis.said = "hello"')
  t.equal(context.pages().length, 0)
  const page = await context.newPage()
  t.strictSame(await page.evaluate('[location.href, history.length, said, navigator.language]'), ['about:blank', 1, 'hello', 'de-DE'])
  await until('it is the only one', () => renderers(grid).length === 1)
  t.strictSame(renderers(grid), warm)
  t.equal((await Promise.all([context.newPage(), browser.newPage()])).length, 2, 'and others are made as always')
  await browser.close()
  await free(grid)
})

t.test('a browser that is killed takes nobody with it', async t => {
  const grid = await startProcess(t, { 'pool.size': 3, 'pool.warm': 0, 'playwright.warm': 2 })
  await grid.said('ready')
  const [one, two] = await Promise.all([connect(grid), connect(grid)])
  const pages = await Promise.all([one, two].map(browser => browser.newPage()))
  const ends = Promise.race([gone(one), gone(two)])
  killNow(oneOf(browsers(grid)))
  await ends
  const living = [one, two].findIndex(browser => browser.isConnected())
  await pages[living]?.setContent('<title>Still here</title>')
  t.equal(await pages[living]?.title(), 'Still here')
  await [one, two][living]?.close()
  await free(grid)
})

t.test('a driver that is killed ends its sessions, and the next client has another one', async t => {
  const grid = await startProcess(t, { 'pool.size': 3, 'pool.warm': 0, 'playwright.warm': 1 })
  await grid.said('ready')
  const browser = await connect(grid)
  const end = gone(browser)
  const driver = oneOf(drivers(grid))
  killNow(driver)
  await end
  await free(grid)
  const next = await connect(grid)
  await (await next.newPage()).setContent('<title>Again</title>')
  t.strictSame(drivers(grid).includes(driver), false)
  await next.close()
})
