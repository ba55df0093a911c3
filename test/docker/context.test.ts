/** Sessions that are contexts of a browser in a container (`isolation: context`): one container for several, hardened as any other. */
import playwright from 'playwright-core'
import t from 'tap'
import { agentOf, containerSettings, containersOf, docker, noEngine, noneLeft, startDockerGrid } from '../support/engine.js'
import { DevToolsClient } from '../support/devtools-client.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { openSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, execute, newSession, rawSession, type RawSession } from '../support/webdriver.js'

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
  const telephone = await newSession(grid.hub, { 'goog:chromeOptions': { mobileEmulation: { deviceMetrics: { width: 360, height: 640, pixelRatio: 3 } } } })
  t.strictSame([isolationOf(telephone), await execute(telephone, 'return screen.width'), (await containersOf(agentOf(a))).length], ['context', 360, 1])
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
  for (const session of [a, b, telephone, own]) await session.quit()
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

t.test('an agent that is killed and started again goes on with the sessions that somebody has, and shares their browser with the next ones', { skip: noEngine }, async t => {
  const settings = containerSettings({ isolation: 'context', 'pool.size': 6, 'pool.warm': 2, 'session.idleTimeout': 60 })
  const first = await startProcess(t, settings)
  await first.said('ready')
  const [a, b, ended] = await Promise.all([newSession(first.hub), newSession(first.hub), newSession(first.hub)])
  for (const session of [a, b]) await session.do('POST /url', { url: page })
  const socket = await openSocket(`${ws(first.hub)}/cdp`)
  await ended.quit()
  await until('two warm ones are there too', async () => (await metricsOf(first.hub)).warm >= 2)
  const containers = await containersOf(agentOf(a))
  t.equal(containers.length, 1)
  first.child.kill('SIGKILL')
  await first.ended
  socket.terminate()
  const second = await startProcess(t, settings)
  for (const { id } of [a, b]) {
    const again = rawSession(second.hub, id)
    t.equal(await again.do('GET /title'), 'Page', 'the same id, the same page')
    t.match((await call(`GET ${second.hub}/api/sessions/${id}`)).body, { session: { id, isolation: 'context' } })
  }
  await t.rejects(rawSession(second.hub, ended.id).do('GET /title'), /invalid session id/)
  await second.said('ready')
  const next = await newSession(second.hub)
  t.strictSame((await containersOf(agentOf(a))).map(({ Id }) => Id), containers.map(({ Id }) => Id), 'the same browser is shared')
  const tools = await DevToolsClient.connect(`${ws(second.hub)}/session/${a.id}/se/cdp`)
  t.match((await tools.call('Target.getTargets') as { targetInfos: { url: string }[] }).targetInfos, [{ url: page }], 'and each sees its own only')
  tools.socket.terminate()
  for (const id of [a.id, b.id, next.id]) await rawSession(second.hub, id).quit()
  await until('nobody has a session, nor what the killed one had opened for a socket', async () => await leasedOf(second.hub) === 0)
  second.child.kill('SIGTERM')
  await second.ended
  await noneLeft(agentOf(a))
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
