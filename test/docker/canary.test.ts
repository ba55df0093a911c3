/** What one session leaves, the next one does not find: for both ways of recycling, by whichever protocol the sessions are opened. */
import playwright from 'playwright-core'
import t from 'tap'
import type { WebSocket } from 'ws'
import { gatewayOf, startStrictSite, startTraceSite } from '../support/container-site.js'
import { agentOf, containersOf, docker, noEngine, startDockerGrid } from '../support/engine.js'
import { markingExtension } from '../support/extension.js'
import type { TestGrid } from '../support/grid.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { openSocket, ws } from '../support/sockets.js'
import { traces, tracesFound, type Scene } from '../support/traces.js'
import { until } from '../support/until.js'
import { call, execute, newSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(600_000)

interface Session {
  readonly id: string
  readonly cdpUrl: string
  readonly end: () => unknown
}

/** Service workers and the clipboard are for secure origins only, which those below localhost are. */
const host = 'traces.localhost'
const strictHost = 'strict.test'

const openers: Readonly<Record<string, (grid: TestGrid, args: readonly string[]) => Promise<Session>>> = {
  WebDriver: async ({ hub }, args) => {
    const session = await newSession(hub, { 'goog:chromeOptions': { args } })
    return { id: session.id, cdpUrl: String(session.capabilities['se:cdp']), end: () => session.quit() }
  },
  CDP: async ({ hub }, args) => await bySocket(hub, `/cdp?launch=${encodeURIComponent(JSON.stringify({ args }))}`),
  Playwright: async ({ hub }, args) => await bySocket(hub, `/playwright?launch=${encodeURIComponent(JSON.stringify({ args }))}`)
}

async function bySocket (hub: string, path: string): Promise<Session> {
  const socket: WebSocket = await openSocket(ws(hub) + path, { headers: { 'User-Agent': 'Playwright/1.65.1 (x64; debian 12) node/20.20' } })
  const { body: { sessions: [session] } } = await call<{ sessions: { id: string, cdpUrl: string }[] }>(`GET ${hub}/api/sessions`)
  if (session === undefined) throw new Error('the socket brought no session')
  return { ...session, end: () => socket.terminate() }
}

for (const way of ['browser', 'container']) {
  for (const [protocol, open] of Object.entries(openers)) {
    t.test(`recycle: ${way}, by ${protocol}`, { skip: noEngine }, async t => {
      const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0, 'container.recycle': way })
      const address = await gatewayOf(grid)
      const [site, strict] = [await startTraceSite(t, address, host), await startStrictSite(t, address, strictHost)]
      const args = [`--host-resolver-rules=MAP ${host} ${address}, MAP ${strictHost} ${address}`, `--ignore-certificate-errors-spki-list=${strict.keyHash}`]
      const sites = { site, strict: strict.at }
      const first = await open(grid, args)
      await withScene(first, sites, async scene => {
        t.same(await tracesFound(scene), [], 'nothing is there from the start')
        for (const trace of traces) {
          await trace.leave(scene)
          t.ok(await until(`it is found: ${trace.name}`, () => trace.found(scene)), `left: ${trace.name}`)
        }
      })
      await first.end()
      await until('it has ended', async () => await leasedOf(grid.hub) === 0)
      const second = await open(grid, args)
      t.not(second.id, first.id)
      await withScene(second, sites, async scene => {
        t.same(await tracesFound(scene), [], 'nothing is there any more')
      })
      await second.end()
      const { totalReused } = await metricsOf(grid.hub)
      t.equal(totalReused > 0, way === 'browser', 'the container is another one only where it is to be')
    })
  }
}

for (const way of ['browser', 'container']) {
  t.test(`recycle: ${way}: what a session brought along, an extension and preferences, ends with it`, { skip: noEngine }, async t => {
    const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0, 'container.recycle': way })
    const site = await startTraceSite(t, await gatewayOf(grid))
    const seen = async (session: RawSession): Promise<unknown> => {
      await session.do('POST /url', { url: site.origin })
      return await execute(session, 'return [document.documentElement.dataset.extension, getComputedStyle(document.documentElement).fontSize]')
    }
    const first = await newSession(grid.hub, { 'goog:chromeOptions': { args: ['--disable-features=DisableLoadExtensionCommandLineSwitch'], extensions: [markingExtension()], prefs: { 'webkit.webprefs.default_font_size': 31 } } })
    t.same(await seen(first), ['there', '31px'])
    await first.quit()
    const second = await newSession(grid.hub)
    t.same(await seen(second), [null, '16px'])
    await second.quit()
  })
}

async function withScene ({ id, cdpUrl }: Session, sites: Pick<Scene, 'site' | 'strict'>, act: (scene: Scene) => Promise<void>): Promise<void> {
  const browser = await playwright.chromium.connectOverCDP(cdpUrl)
  try {
    const [context = await browser.newContext()] = browser.contexts()
    const page = await context.newPage()
    await page.goto(sites.site.origin)
    const all = await containersOf(agentOf({ id }))
    const looked = await Promise.all(all.map(async ({ Id }) => ({ Id, used: await hasBrowser(Id) })))
    const container = looked.find(({ used }) => used)?.Id ?? ''
    await act({ page, context, devtools: await context.newCDPSession(page), container, ...sites })
  } finally {
    await browser.close()
  }
}

/** With one slot there is one container with a browser; others wait without one. */
async function hasBrowser (id: string): Promise<boolean> {
  const { Processes } = await docker.getContainer(id).top()
  return (Processes as string[][]).some(row => row.some(cell => cell.includes('--remote-debugging-p')))
}
