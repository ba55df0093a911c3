/** config/swarm.yml, deployed on a Swarm of one node by `docker stack deploy` and nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { containersOf, docker, engineAddress, leftOf } from '../support/engine.js'
import { freePort } from '../support/free-port.js'
import { agentsOf, secret, warm } from '../support/hosts.js'
import { command, noSwarm, stackOf, startSwarm, type Stack } from '../support/swarm.js'
import { until } from '../support/until.js'
import { newSession, rawSession, type RawSession } from '../support/webdriver.js'

t.setTimeout(240_000)
const page = 'data:text/html,<title>Shop</title>'

t.test('a stack', { skip: await noSwarm() }, async t => {
  const files = secretFiles(t)
  const host = await startSwarm(t)
  const [hubPort, gridPort, agentPort] = [await freePort(), await freePort(), await freePort()]
  const name = `grid${process.pid}`
  const stack = stackOf(t, name, 'config/swarm.yml')
  const variables = {
    ...files,
    TGGRID_ENGINE_SOCKET: (engineAddress ?? '').replace('unix://', ''),
    TGGRID_HUB_PORT: String(hubPort),
    TGGRID_API_PORT: '0',
    TGGRID_POOL_PORT: '0',
    TGGRID_GRID_PORT: String(gridPort),
    TGGRID_JOIN: `127.0.0.1:${gridPort}`,
    TGGRID_AGENT_PORT: String(agentPort),
    BROWSER_POOL_SIZE: '2',
    PRE_WARM_COUNT: '1',
    TGGRID_GRACE: '20'
  }
  await stack.deploy(variables)
  const hub = hubAt(hubPort)
  let agent = ''
  await until('the router answers', () => agentsOf(hub).then(() => true, () => false), 60_000)
  await warm(hub, 1)
  /** An update is a new task, with all that comes with it; it goes on when this has resolved. */
  const update = async (service: string): Promise<void> => { await command('service', 'update', '--detach', '--quiet', '--force', `${name}_${service}`) }
  const only = async (service: string): Promise<string> => (await stack.running(service))[0]?.Id ?? ''

  await t.test('serves browsers in containers of its node', async t => {
    const session = await newSession(hub)
    await session.do('POST /url', { url: page })
    t.equal(await session.do('GET /title'), 'Shop')
    t.equal((await agentsOf(hub))[0]?.name, `${name}_agent.${hostname()}`)
    agent = agentIn(session)
    t.ok((await containersOf(agent)).length > 0)
    await session.quit()
  })

  await t.test('its agent is replaced when the last session has ended, and who comes meanwhile waits', async t => {
    const session = await newSession(hub)
    await session.do('POST /url', { url: page })
    const old = await only('agent')
    await update('agent')
    await until('the agent takes no more sessions', async () => (await agentsOf(hub))[0]?.availability === 'DRAINING')
    const next = newSession(hub)
    t.equal(await session.do('GET /title'), 'Shop')
    t.equal(await only('agent'), old)
    await session.quit()
    await (await next).quit()
    t.not(await only('agent'), old)
  })

  await t.test('an agent that is killed is started again, and its sessions go on', async t => {
    const session = await newSession(hub)
    await session.do('POST /url', { url: page })
    const old = await only('agent')
    await docker.getContainer(old).kill()
    await until('the session goes on', () => session.do('GET /title').then(title => title === 'Shop', () => false), 60_000)
    t.not(await only('agent'), old)
    await session.quit()
  })

  await t.test('each of two routers drives every session, and both are replaced without one', async t => {
    const session = await newSession(hub)
    await session.do('POST /url', { url: page })
    // Two on one node need ports of their own, which agents do not know: routers look for these instead. And a service keeps the ports it has.
    await stack.removeService('router')
    await stack.deploy({ ...variables, TGGRID_ROUTERS: '2', TGGRID_HUB_PORT: '0', TGGRID_GRID_PORT: '0', TGGRID_AGENTS: `${host}:${agentPort}` })
    const first = await hubsOf(stack, 2)
    for (const hub of first) t.equal(await rawSession(hub, session.id).do('GET /title'), 'Shop', hub)
    await update('router')
    const second = await until('both are new', async () => {
      const now = await hubsOf(stack, 2)
      return now.every(hub => !first.includes(hub)) && now
    }, 60_000)
    for (const hub of second) t.equal(await rawSession(hub, session.id).do('GET /title'), 'Shop', hub)
    await rawSession(second[0] ?? '', session.id).quit()
    t.match((await stack.running('agent'))[0]?.Status, /\(healthy\)/, 'an agent has no port for clients, and is healthy all the same')
  })

  await t.test('nothing is left of it', async t => {
    await stack.remove()
    t.same((await leftOf()).filter(name => name.includes(agent)), [])
  })
})

function secretFiles (t: Test): { readonly TGGRID_SECRET_FILE: string, readonly TGGRID_CONFIG: string } {
  const folder = mkdtempSync(join(tmpdir(), 'swarm-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [TGGRID_SECRET_FILE, TGGRID_CONFIG] = [join(folder, 'secret'), join(folder, 'router.json')]
  writeFileSync(TGGRID_SECRET_FILE, secret)
  writeFileSync(TGGRID_CONFIG, JSON.stringify({ users: [{ name: 'ann', password: 'sesame' }], tokenSecret: 'what only routers know' }))
  return { TGGRID_SECRET_FILE, TGGRID_CONFIG }
}

function hubAt (port: number): string {
  return `http://ann:sesame@127.0.0.1:${port}`
}

/** The clients' addresses of so many routers, once all of them answer and know an agent. */
async function hubsOf (stack: Stack, count: number): Promise<string[]> {
  return await until(`${count} routers have an agent`, async () => {
    const hubs = (await stack.running('router')).map(({ Ports }) => hubAt(Ports.find(({ PrivatePort }) => PrivatePort === 4444)?.PublicPort ?? 0))
    const known = await Promise.all(hubs.map(hub => agentsOf(hub).catch(() => [])))
    return hubs.length === count && known.every(([agent]) => agent?.availability === 'UP') && hubs
  }, 60_000)
}

function agentIn ({ id }: RawSession): string {
  return id.slice(0, 8)
}
