/** What a context leaves, no other context of its browser finds: neither the one beside it, nor the next one. */
import playwright from 'playwright-core'
import t from 'tap'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { startGrid, type TestGrid } from '../support/grid.js'
import { startStrictSite, startTraceSite } from '../support/container-site.js'
import { openSocket, ws } from '../support/sockets.js'
import { browserTraces, type Scene } from '../support/traces.js'
import { until } from '../support/until.js'
import { call, newSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(120_000)

/** Service workers and the clipboard are for secure origins only, which those below localhost are. */
const host = 'traces.localhost'
/** The clipboard is the browser process' own (docs/isolation.md). */
const traces = browserTraces.filter(({ name }) => name !== 'the clipboard')

interface Opened {
  readonly cdpUrl: string
  readonly end: () => unknown
}

const strictHost = 'strict.test'

const openers: Readonly<Record<string, (grid: TestGrid, args: readonly string[]) => Promise<Opened>>> = {
  WebDriver: async ({ hub }, args) => {
    const session = await newSession(hub, { 'goog:chromeOptions': { args } })
    return { cdpUrl: String(session.capabilities['se:cdp']), end: () => session.quit() }
  },
  CDP: (grid, args) => bySocket(grid, `/cdp?launch=${encodeURIComponent(JSON.stringify({ args }))}`),
  Playwright: (grid, args) => bySocket(grid, `/playwright?launch-options=${encodeURIComponent(JSON.stringify({ args }))}`)
}

async function bySocket ({ hub }: TestGrid, path: string): Promise<Opened> {
  const { body: { sessions: before } } = await call<{ sessions: { id: string }[] }>(`GET ${hub}/api/sessions`)
  const socket = await openSocket(ws(hub) + path)
  const { body: { sessions } } = await call<{ sessions: { id: string, cdpUrl: string }[] }>(`GET ${hub}/api/sessions`)
  const session = sessions.find(({ id }) => !before.some(other => other.id === id))
  return { cdpUrl: session?.cdpUrl ?? '', end: () => socket.terminate() }
}

for (const [protocol, open] of Object.entries(openers)) {
  t.test(`by ${protocol}`, async t => {
    const grid = await startGrid(t, { isolation: 'context', 'pool.warm': 0 })
    const strict = await startStrictSite(t, '127.0.0.1', strictHost)
    const sites = { site: await startTraceSite(t, '127.0.0.1', host), strict: strict.at }
    const args = [`--host-resolver-rules=MAP ${strictHost} 127.0.0.1`, `--ignore-certificate-errors-spki-list=${strict.keyHash}`]
    const [first, beside] = [await open(grid, args), await open(grid, args)]
    await withScene(first, sites, async scene => {
      for (const trace of traces) {
        t.notOk(await trace.found(scene), `not there from the start: ${trace.name}`)
        await trace.leave(scene)
        t.ok(await until(`it is found: ${trace.name}`, () => trace.found(scene)), `left: ${trace.name}`)
      }
      await withScene(beside, sites, async scene => {
        for (const trace of traces) t.notOk(await trace.found(scene), `not beside it: ${trace.name}`)
      })
    })
    await first.end()
    const next = await open(grid, args)
    await withScene(next, sites, async scene => {
      for (const trace of traces) t.notOk(await trace.found(scene), `not after it: ${trace.name}`)
    })
    await Promise.all([beside.end(), next.end()])
  })
}

async function withScene ({ cdpUrl }: Opened, { site, strict }: Pick<Scene, 'site' | 'strict'>, act: (scene: Scene) => Promise<void>): Promise<void> {
  const browser = await playwright.chromium.connectOverCDP(cdpUrl)
  try {
    const [context = await browser.newContext()] = browser.contexts()
    const page = await context.newPage()
    await page.goto(site.origin)
    await act({ page, context, devtools: await context.newCDPSession(page), container: '', site, strict })
  } finally {
    await browser.close()
  }
}

t.test('contexts share no connection to a server', async t => {
  const connections = new Map<Socket, Set<string>>()
  const server = createServer(socket => {
    connections.set(socket, new Set())
    socket.on('error', () => {}).on('data', bytes => {
      const who = /^GET \/page\?of=(\w+)/.exec(bytes.toString('latin1'))?.[1]
      if (who !== undefined) connections.get(socket)?.add(who)
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 19\r\n\r\n<title>Page</title>')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { connections.forEach((_, socket) => socket.destroy()); server.close() })
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/page`
  const grid = await startGrid(t, { isolation: 'context', 'pool.warm': 0 })
  const sessions: RawSession[] = [await newSession(grid.hub), await newSession(grid.hub)]
  for (let i = 0; i < 3; i++) for (const session of sessions) await session.do('POST /url', { url: `${page}?of=${session.id}&turn=${i}` })
  const used = [...connections.values()].filter(({ size }) => size > 0)
  t.ok(used.length >= 2)
  t.ok(used.every(({ size }) => size === 1), 'each has its own')
  for (const session of sessions) await session.quit()
})
