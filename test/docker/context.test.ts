/** Sessions that are contexts of a browser in a container (`isolation: context`): one container for several, hardened as any other. */
import playwright from 'playwright-core'
import t from 'tap'
import { agentOf, containersOf, docker, noEngine, startDockerGrid } from '../support/engine.js'
import { DevToolsClient } from '../support/devtools-client.js'
import { leasedOf } from '../support/pool.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, execute, newSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(200_000)

const { chromium } = playwright

const page = 'data:text/html,<title>Page</title>'
const isolationOf = ({ capabilities }: RawSession): unknown => capabilities['tggrid:isolation']

t.test('several sessions share a container; one that asks for its own gets it', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { isolation: 'context', 'pool.size': 4, 'pool.warm': 1 })
  const [a, b] = await Promise.all([newSession(grid.hub), newSession(grid.hub)])
  t.strictSame([a, b].map(isolationOf), ['context', 'context'])
  for (const session of [a, b]) {
    await session.do('POST /url', { url: page })
    t.equal(await session.do('GET /title'), 'Page')
    t.ok(await execute(session, 'return document.hasFocus()'))
  }
  const shared = await containersOf(agentOf(a))
  t.equal(shared.length, 1)
  const own = await newSession(grid.hub, { 'tggrid:options': { isolation: 'container' } })
  t.equal(isolationOf(own), 'container')
  t.ok((await containersOf(agentOf(a))).length > 1)
  const tools = await DevToolsClient.connect(a.capabilities['se:cdp'])
  const { targetInfos } = await tools.call('Target.getTargets') as { targetInfos: { type: string, url: string }[] }
  t.match(targetInfos, [{ type: 'page', url: page }])
  await t.rejects(tools.call('SystemInfo.getProcessInfo'), { message: /isolation: process, or container/ })
  tools.socket.terminate()
  const { HostConfig: { ReadonlyRootfs, CapDrop, Memory } } = await docker.getContainer(shared[0]?.Id ?? '').inspect()
  t.match({ ReadonlyRootfs, CapDrop }, { ReadonlyRootfs: true, CapDrop: ['ALL'] })
  t.ok((Memory ?? 0) > 2 ** 30, 'with room for all of them')
  for (const session of [a, b, own]) await session.quit()
  t.equal(isolationOf(await newSession(grid.hub)), 'context', 'and the next one')
})

t.test('when its container goes, each of its sessions ends, and the next one gets another', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { isolation: 'context', 'pool.size': 3, 'pool.warm': 0 })
  const [a, b] = await Promise.all([newSession(grid.hub), newSession(grid.hub)])
  const [container] = await containersOf(agentOf(a))
  await docker.getContainer(container?.Id ?? '').remove({ force: true })
  await until('both have ended', async () => await leasedOf(grid.hub) === 0)
  for (const session of [a, b]) await t.rejects(session.do('GET /title'), { message: /invalid session id: .*(crashed|exited)/ })
  const next = await newSession(grid.hub)
  await next.do('POST /url', { url: page })
  t.equal(await next.do('GET /title'), 'Page')
})

t.test('clients of Playwright share a container and its browser', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { isolation: 'context', 'pool.size': 4, 'pool.warm': 0, 'playwright.warm': 1 })
  const [a, b] = await Promise.all([chromium.connect(`${ws(grid.hub)}/playwright`), chromium.connect(`${ws(grid.hub)}/playwright`)])
  const { body: { sessions } } = await call<{ sessions: { id: string, isolation: string }[] }>(`GET ${grid.hub}/api/sessions`)
  t.strictSame(sessions.map(({ isolation }) => isolation), ['context', 'context'])
  t.equal((await containersOf(agentOf(sessions[0] ?? { id: '' }))).length, 1)
  const pages = await Promise.all([a, b].map(browser => browser.newPage()))
  for (const [index, own] of pages.entries()) await own.goto(`data:text/html,<title>Page ${index}</title>`)
  t.strictSame(await Promise.all(pages.map(own => own.title())), ['Page 0', 'Page 1'])
  t.notMatch(JSON.stringify(await (await a.newBrowserCDPSession()).send('Target.getTargets')), 'Page 1')
  await a.close()
  t.equal(await pages[1]?.title(), 'Page 1')
  await b.close()
  await until('both have ended', async () => await leasedOf(grid.hub) === 0)
})
