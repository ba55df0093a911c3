/** `container.egress: public`: no way from a browser's container to its host, its neighbours or a private network, whoever runs code in it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { agentOf, containerSettings, containersOf, docker, execIn, newName, noEngine, startDockerGrid } from '../support/engine.js'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { until } from '../support/until.js'
import { execute, newSession, rawSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(240_000)

/** Something that listens on every address of this machine. */
async function startService (t: Test): Promise<{ readonly port: number, asked: number }> {
  const service = { port: 0, asked: 0 }
  const server = createServer((_request, response) => { service.asked++; response.writeHead(200, { Connection: 'close' }).end('host') }).listen(0, '0.0.0.0')
  await once(server, 'listening')
  service.port = (server.address() as AddressInfo).port
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return service
}

/** The host's address in a network of the engine. */
async function gatewayOf (agent: string, network = `tggrid-${agent}`): Promise<string> {
  const { IPAM } = await docker.getNetwork(network).inspect() as { IPAM: { Config: { Gateway: string }[] } }
  return IPAM.Config[0]?.Gateway ?? ''
}

/** What the browser gets from an address: a page's text, or the error. By navigating, since Chrome itself keeps pages from fetching from private addresses. */
async function opened (session: RawSession, url: string): Promise<string> {
  try {
    await session.do('POST /url', { url })
    return await execute(session, 'return document.body.innerText')
  } catch (error) {
    return /net::\w+/.exec((error as Error).message)?.[0] ?? String(error)
  }
}

/** What a program in the container gets when it connects: `connect`, or the error's code. */
async function connected (container: string, host: string, port: number): Promise<string> {
  const program = `const s = require('net').connect(${port}, '${host}').setTimeout(3000); s.on('connect', () => { console.log('connect'); process.exit() }); s.on('timeout', () => { console.log('timeout'); process.exit() }); s.on('error', e => console.log(e.code))`
  return (await execIn(container, 'node', '-e', program)).trim()
}

async function runningOf (agent: string): Promise<{ readonly id: string, readonly address: string }[]> {
  const all = (await containersOf(agent)).filter(({ State }) => State === 'running')
  return all.map(({ Id, NetworkSettings }) => ({ id: Id, address: Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? '' })).filter(({ address }) => address !== '')
}

const hostAddresses = (): string[] => Object.values(networkInterfaces()).flatMap(all => all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)

t.test('what is open by default is closed: the host, its neighbours, link-local and private addresses', { skip: noEngine }, async t => {
  const service = await startService(t)
  const open = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0 })
  const free = await newSession(open.hub)
  t.equal(await opened(free, `http://${await gatewayOf(agentOf(free))}:${service.port}`), 'host', 'the way is there')
  await free.quit()
  const grid = await startDockerGrid(t, { 'pool.size': 2, 'pool.warm': 1, 'container.egress': 'public' })
  const session = await newSession(grid.hub)
  await session.do('POST /url', { url: 'data:text/html,<title>Shop</title>' })
  t.equal(await session.do('GET /title'), 'Shop', 'the agent reaches it')
  const gateway = await gatewayOf(agentOf(session))
  const asked = service.asked
  for (const host of new Set([gateway, ...hostAddresses()])) t.equal(await opened(session, `http://${host}:${service.port}/`), 'net::ERR_CONNECTION_REFUSED', `the browser does not reach ${host}`)
  t.equal(service.asked, asked)
  const containers = await runningOf(agentOf(session))
  const [{ id, address: own } = { id: '', address: '' }] = containers
  for (const host of [gateway, '169.254.169.254', '10.11.12.13', '172.20.0.1', '192.168.1.1', '100.64.0.1', ...containers.map(({ address }) => address).filter(address => address !== own)]) {
    t.equal(await connected(id, host, service.port), 'ECONNREFUSED', `a program does not reach ${host}`)
    t.equal(await connected(id, host, 53), 'ECONNREFUSED', 'nor its name server')
  }
  await session.quit()
})

t.test('it holds for the next session too, and nobody in the container can change it', { skip: noEngine }, async t => {
  const service = await startService(t)
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0, 'container.egress': 'public' })
  await newSession(grid.hub).then(session => session.quit())
  await until('it is clean', async () => (await metricsOf(grid.hub)).totalReused > 0)
  const session = await newSession(grid.hub)
  const gateway = await gatewayOf(agentOf(session))
  t.equal(await opened(session, `http://${gateway}:${service.port}`), 'net::ERR_CONNECTION_REFUSED')
  for (const { id } of await runningOf(agentOf(session))) {
    t.match(await execIn(id, 'sh', '-c', 'nft flush ruleset; unshare --user --map-root-user nft flush ruleset; nft delete table inet tggrid'), /Operation not permitted/)
    t.equal(await connected(id, gateway, service.port), 'ECONNREFUSED')
    t.match(await execIn(id, 'node', '-e', 'require("dns").resolve4("no-such-name", error => console.log(error.code))'), /^(?!ECONNREFUSED)E/, 'names are still asked for')
  }
  await session.quit()
})

t.test('what is allowed is reached', { skip: noEngine }, async t => {
  const service = await startService(t)
  const host = await gatewayOf('', 'bridge')
  const grid = await startDockerGrid(t, { 'pool.size': 1, 'pool.warm': 0, 'container.egress': 'public', 'container.allowed': [`${host}/32`] })
  const session = await newSession(grid.hub)
  t.equal(await opened(session, `http://${host}:${service.port}/`), 'host')
  t.equal(await opened(session, `http://${await gatewayOf(agentOf(session))}:${service.port}`), 'net::ERR_CONNECTION_REFUSED')
  await session.quit()
})

t.test('a session that goes on after a restart is closed in as well', { skip: noEngine }, async t => {
  const [one, other] = [await startService(t), await startService(t)] // a browser keeps connections to the first one open
  const settings = { ...containerSettings({ 'pool.size': 1, 'pool.warm': 0 }), name: newName() }
  const first = await startProcess(t, settings)
  await first.said('ready')
  const session = await newSession(first.hub)
  const gateway = await gatewayOf(agentOf(session))
  t.equal(await opened(session, `http://${gateway}:${one.port}`), 'host')
  first.child.kill('SIGKILL')
  await first.ended
  const second = await startProcess(t, { ...settings, 'container.egress': 'public' })
  await second.said('session goes on')
  const again = rawSession(second.hub, session.id)
  t.equal(await execute(again, 'return 1 + 1'), 2)
  t.equal(await opened(again, `http://${gateway}:${other.port}`), 'net::ERR_CONNECTION_REFUSED')
  await again.quit()
  await until('it has ended', async () => await leasedOf(second.hub) === 0)
})

t.test('where it cannot be had, the grid does not start', { skip: noEngine }, async t => {
  const image = `without-nft-${newName()}`
  const made = await docker.createContainer({ Image: 'tggrid/chrome', User: '0', Entrypoint: ['rm', '/usr/sbin/nft'], Cmd: [] })
  await made.start()
  await made.wait()
  await made.commit({ repo: image, changes: 'ENTRYPOINT ["/usr/local/bin/tggrid-init"]\nUSER browser\nCMD ["--ready", "4444", "--forward", "9222", "--", "chromedriver", "--port=4444"]' })
  await made.remove()
  t.teardown(() => docker.getImage(image).remove({ force: true }))
  await t.rejects(startDockerGrid(t, { 'container.images': [image], 'container.egress': 'public' }), { message: /the ways to private addresses cannot be closed \(container\.egress\): .*nft: not found/ })
})
