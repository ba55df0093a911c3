/** A grid that has browsers of its own, and to which agents of further hosts come: how a machine that has become too small grows. */
import playwright from 'playwright-core'
import t from 'tap'
import { agentOf, agentsOf, secret, startAgent, startRouter, warm } from '../support/hosts.js'
import { ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

const page = { url: 'data:text/html,<title>here</title>' }
const grid = await startRouter(t, { role: 'all', 'pool.size': 1, 'pool.warm': 1, name: 'own' })
const { hub, gridAddress } = grid
await warm(hub, 1)

t.test('its own browser goes on while an agent comes, whose browsers clients have then too', async t => {
  const first = await newSession(hub)
  await first.do('POST /url', page)
  const waiting = newSession(hub)
  await until('it waits', async () => (await call<{ queued: number }>(`GET ${hub}/metrics`)).body.queued === 1)
  await startAgent(t, [gridAddress], { name: 'further', 'playwright.warm': 1 })
  const second = await waiting
  await second.do('POST /url', page)
  t.strictSame(await Promise.all([first, second].map(({ id }) => agentOf(hub, id))), ['own', 'further'])
  t.equal(await first.do('GET /title'), 'here')
  t.equal(await second.do('GET /title'), 'here')
  t.strictSame((await call<{ sessions: { id: string }[] }>(`GET ${hub}/api/sessions`)).body.sessions.map(({ id }) => id).sort(), [first.id, second.id].sort())
  const browser = await playwright.chromium.connect(`${ws(hub)}/playwright`)
  await (await browser.newPage()).goto(page.url)
  await browser.close()
  await Promise.all([first.quit(), second.quit()])
})

t.test('an agent that dies takes its own sessions only', async t => {
  const agent = await startAgent(t, [gridAddress], { name: 'mortal' })
  await until('it is there', async () => (await agentsOf(hub)).some(({ name, availability }) => name === 'mortal' && availability === 'UP'))
  const sessions = [await newSession(hub), await newSession(hub), await newSession(hub)]
  const names = await Promise.all(sessions.map(({ id }) => agentOf(hub, id)))
  t.ok(names.includes('own') && names.includes('mortal'), names.join())
  agent.child.kill('SIGKILL')
  await agent.ended
  for (const [at, session] of sessions.entries()) {
    if (names[at] === 'mortal') await t.rejects(session.do('GET /title'), /cannot be reached|which has this session/)
    else t.equal(await session.do('GET /title'), '')
  }
  await Promise.all(sessions.filter((_, at) => names[at] === 'own').map(session => session.quit()))
  const after = await newSession(hub)
  t.equal(await agentOf(hub, after.id), 'own')
  await after.quit()
})

t.test('its own agent is drained and undrained by name, as any other', async t => {
  const shown = { headers: { 'X-Registration-Secret': secret } }
  t.match((await call(`POST ${hub}/api/agents/own/drain`, shown)).status, 200)
  await until('it drains', async () => (await agentsOf(hub)).find(({ name }) => name === 'own')?.availability === 'DRAINING')
  t.match((await call(`POST ${hub}/api/agents/own/undrain`, shown)).status, 200)
  await until('it is back', async () => (await agentsOf(hub)).find(({ name }) => name === 'own')?.availability === 'UP')
  await (await newSession(hub)).quit()
})
