/** Browsers in containers, driven by unchanged clients; and what a container is allowed. */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Container } from 'dockerode'
import playwright from 'playwright-core'
import puppeteer from 'puppeteer-core'
import t from 'tap'
import { remote } from 'webdriverio'
import { Container as OwnContainer } from '../../src/runtime/container.js'
import { writeFile } from '../../src/runtime/container-file.js'
import type { Engine } from '../../src/runtime/engine.js'
import { agentOf, containersOf, docker, execIn, noEngine, startDockerGrid } from '../support/engine.js'
import { hitAndReuse } from '../support/hit.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, execute, newSession } from '../support/webdriver.js'

t.setTimeout(240_000)
const page = 'data:text/html,<title>Shop</title><button>Buy</button>'

t.test('browsers in containers', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 4, 'pool.warm': 2, 'playwright.warm': 1 })
  const free = (): Promise<unknown> => until('every slot is free', async () => await leasedOf(grid.hub) === 0)
  t.afterEach(free)

  await t.test('Selenium: a hit; the container is used again', async t => {
    await hitAndReuse(t, grid, 'chrome')
  })

  await t.test('WebdriverIO, over BiDi', async t => {
    const { hostname, port } = new URL(grid.hub)
    const browser = await remote({ hostname, port: Number(port), logLevel: 'error', capabilities: { browserName: 'chrome' } })
    await browser.url(page)
    t.equal(await browser.getTitle(), 'Shop')
    t.ok(browser.isBidi)
    await browser.deleteSession()
  })

  await t.test('Playwright, and connectOverCDP', async t => {
    for (const connect of [() => playwright.chromium.connect(`${ws(grid.hub)}/playwright`), () => playwright.chromium.connectOverCDP(grid.hub)]) {
      const browser = await connect()
      const tab = await browser.newPage()
      await tab.goto(page)
      t.equal(await tab.title(), 'Shop')
      await browser.close()
      await free()
    }
  })

  await t.test('Puppeteer', async t => {
    const browser = await puppeteer.connect({ browserWSEndpoint: ws(grid.hub) })
    const tab = await browser.newPage()
    await tab.goto(page)
    t.equal(await tab.title(), 'Shop')
    await browser.disconnect()
  })

  await t.test('what a container is allowed', async t => {
    const session = await newSession(grid.hub)
    const [{ Id = '' } = {}] = await containersOf(agentOf(session))
    const { HostConfig, Config, NetworkSettings } = await docker.getContainer(Id).inspect()
    t.match(HostConfig, { ReadonlyRootfs: true, Privileged: false, CapDrop: ['ALL'], PidsLimit: 2048, Memory: 2 ** 30, MemorySwap: 2 ** 30, IpcMode: 'private', PidMode: '', LogConfig: { Type: 'none' } })
    t.notOk(HostConfig.CapAdd?.length)
    t.notOk(HostConfig.Binds?.length)
    t.ok(HostConfig.SecurityOpt.includes('no-new-privileges'))
    t.strictSame(JSON.parse(HostConfig.SecurityOpt.find((option: string) => option.startsWith('seccomp='))?.slice('seccomp='.length) ?? ''), JSON.parse(readFileSync('config/seccomp.json', 'utf8')))
    t.equal(Config.User, 'browser')
    t.notOk(Object.values(NetworkSettings.Ports ?? {}).some(Boolean), 'no port is published')
    const [network = ''] = Object.keys(NetworkSettings.Networks)
    t.match(await docker.getNetwork(network).inspect(), { Options: { 'com.docker.network.bridge.enable_icc': 'false' } })
    t.match(await execIn(Id, 'sh', '-c', 'touch /etc/x /usr/x /x; id -u; cat /proc/1/environ'), /Read-only file system[^]*1000[^]*Permission denied/)
    await session.quit()
  })

  await t.test('a file is written into one, as its browser\'s user and no further', async t => {
    const session = await newSession(grid.hub)
    const [{ Id = '' } = {}] = await containersOf(agentOf(session))
    const container = docker.getContainer(Id)
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251))
    await writeFile(container, { folder: '/home/browser/uploads/1', name: '$(id) "a\' b', bytes })
    t.match(await execIn(Id, 'sh', '-c', 'stat -c "%s %u" /home/browser/uploads/1/*; cat /home/browser/uploads/1/* | sha1sum'), new RegExp(`3000000 1000[^]*${createHash('sha1').update(bytes).digest('hex')}`))
    await t.rejects(writeFile(container, { folder: '/etc', name: 'a', bytes }), { message: /^a could not be written in its container: .*Read-only file system/ })
    await session.quit()
  })

  await t.test('Chrome\'s own sandbox is on', async t => {
    const session = await newSession(grid.hub)
    await session.do('POST /url', { url: 'chrome://sandbox' })
    const told = await until('it tells', async () => {
      const text = await execute<string>(session, 'return document.body.innerText')
      return /You are (not )?adequately sandboxed/.test(text) && text
    })
    t.match(told, /Namespace[^]*You are adequately sandboxed/)
    await session.quit()
  })

  await t.test('containers do not reach each other, nor a page the driver', async t => {
    const [one, two] = [await newSession(grid.hub), await newSession(grid.hub)]
    const all = await containersOf(agentOf(one))
    const addresses = all.map(({ NetworkSettings }) => Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? '')
    const refused = await execIn(all[0]?.Id ?? '', 'node', '-e', `const s = require('net').connect(4444, '${addresses[1]}').setTimeout(1500); for (const e of ['connect', 'timeout', 'error']) s.on(e, () => { console.log(e); process.exit() })`)
    t.match(refused, /timeout|error/)
    await one.do('POST /url', { url: page })
    const outcome = await one.do<string>('POST /execute/async', { script: 'const done = arguments[0]; fetch("http://127.0.0.1:4444/session", { method: "POST", body: "{}" }).then(r => done(String(r.status)), () => done("refused"))', args: [] })
    t.equal(outcome, 'refused')
    for (const session of [one, two]) await session.quit()
  })

  await t.test('limits hold from the lease on', async t => {
    const limited = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 1, 'container.cpu': 0.5, 'container.memory': 700 })
    const quota = async (id: string): Promise<number> => (await docker.getContainer(id).inspect()).HostConfig.CpuQuota ?? 0
    const session = await newSession(limited.hub)
    const [{ Id = '' } = {}] = await containersOf(agentOf(session)).then(all => all.filter(({ State }) => State === 'running'))
    const all = await containersOf(agentOf(session))
    await until('one is limited', async () => (await Promise.all(all.map(async ({ Id }) => await quota(Id)))).includes(50_000))
    await session.quit()
    await until('none is limited', async () => !(await Promise.all(all.map(async ({ Id }) => await quota(Id)))).includes(50_000))
    t.equal((await docker.getContainer(Id).inspect()).HostConfig.Memory, 700 * 2 ** 20)
  })
})

t.test('with recycle: container each session has one of its own, prepared beforehand', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 2, 'pool.warm': 1, 'container.recycle': 'container' })
  const hosts = new Set<string>()
  for (let i = 0; i < 3; i++) {
    await grid.warm()
    const session = await newSession(grid.hub)
    t.equal((await metricsOf(grid.hub)).poolMisses, 0)
    const { body } = await call<{ value: { nodes: { slots: { id: { id: string }, session: unknown }[] }[] } }>(`GET ${grid.hub}/status`)
    hosts.add(body.value.nodes[0]?.slots.find(({ session }) => session !== null)?.id.id ?? '')
    await session.quit()
  }
  t.equal(hosts.size, 3)
  t.equal((await metricsOf(grid.hub)).totalReused, 0)
})

t.test('an image that was built by hand, without the label of its version, says it by itself', { skip: noEngine }, async t => {
  const made = await docker.createContainer({ Image: 'tggrid/chrome' })
  const image = `unlabelled-${process.pid}`
  await made.commit({ repo: image, changes: 'LABEL tggrid.version=""' })
  await made.remove()
  t.teardown(() => docker.getImage(image).remove({ force: true }))
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0, 'container.images': [image] })
  const session = await newSession(grid.hub)
  t.match((await call<{ session: { browserVersion: string } }>(`GET ${grid.hub}/api/sessions/${session.id}`)).body.session.browserVersion, /^\d+\.\d+\.\d+\.\d+$/)
  await session.quit()
})

t.test('what sessions wish of their containers', { skip: noEngine }, async t => {
  const grid = await startDockerGrid(t, { 'pool.size': 2, 'pool.warm': 0, 'container.memory': 600, 'container.maxMemory': 800 })
  const wishes = { env: ['GREETING=hello'], timeZone: 'Asia/Tokyo', hostsEntries: ['shop.test:203.0.113.7'], labels: { team: 'a' }, containerHostname: 'box-1' }
  const session = await newSession(grid.hub, { 'selenoid:options': wishes, 'tggrid:options': { memory: 700 } })
  t.equal(await execute(session, 'return Intl.DateTimeFormat().resolvedOptions().timeZone'), 'Asia/Tokyo')
  const all = await containersOf(agentOf(session))
  const own = all.find(({ Labels }) => Labels['team'] === 'a')
  t.match(await execIn(own?.Id ?? '', 'sh', '-c', 'echo $GREETING; cat /etc/hosts; hostname'), /hello[^]*203\.0\.113\.7\s+shop\.test[^]*box-1/)
  await until('its memory is its own', async () => (await docker.getContainer(own?.Id ?? '').inspect()).HostConfig.Memory === 700 * 2 ** 20)
  await session.quit()
  const plain = await newSession(grid.hub)
  t.not(await execute(plain, 'return Intl.DateTimeFormat().resolvedOptions().timeZone'), 'Asia/Tokyo', 'another session does not get that container')
  await plain.quit()
  await t.rejects(newSession(grid.hub, { 'selenoid:options': { additionalNetworks: ['bridge'] } }), { message: /the network bridge may not be joined/ })
})

t.test('nothing leads to a container any more that could not be started', { skip: noEngine }, async t => {
  const lines = (): number => (process as unknown as { _getActiveHandles (): { readonly _handle?: object }[] })._getActiveHandles().filter(({ _handle: handle }) => handle?.constructor.name === 'Pipe').length
  const failing: Container = Object.getPrototypeOf(docker.getContainer('any')) as Container
  const { start } = failing
  t.teardown(() => { failing.start = start })
  failing.start = () => Promise.reject(new Error('it cannot be started')) // after it was attached to
  const before = lines()
  const name = `tggrid-${randomUUID()}`
  await t.rejects(OwnContainer.start({ docker } as Engine, { networks: [], name, Image: 'tggrid/chrome', OpenStdin: true }, AbortSignal.timeout(20_000)), { message: /it cannot be started/ })
  await until('its connection is closed', () => lines() <= before)
  await t.rejects(docker.getContainer(name).inspect(), { message: /no such container/i })
})
