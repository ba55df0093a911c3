/** The health check of tggrid's image: one that answers is healthy, whatever its role. */
import { execFile } from 'node:child_process'
import t from 'tap'
import { freePort } from '../support/free-port.js'
import { environmentOf, type Settings } from '../support/grid.js'
import { secret, startAgent, startRouter } from '../support/hosts.js'
import { until } from '../support/until.js'

t.setTimeout(120_000)
const check = new URL('../../src/health.js', import.meta.url).pathname

/** The exit code: 0 is healthy. */
function health (settings: Settings, ...args: readonly string[]): Promise<number> {
  const env = { PATH: process.env['PATH'], ...environmentOf({ 'grid.secret': secret, ...settings }) }
  return new Promise(resolve => { const child = execFile(process.execPath, [check, ...args], { env }, () => resolve(child.exitCode ?? 1)) })
}

t.test('a router is healthy from the start, and ready when it has an agent', async t => {
  const [hubPort, gridPort] = [await freePort(), await freePort()]
  const router = { role: 'router', 'listen.hubPort': hubPort }
  t.equal(await health(router), 1, 'before it is there')
  const { gridAddress } = await startRouter(t, { ...router, 'grid.port': gridPort })
  t.equal(await health(router), 0)
  t.equal(await health(router, '--ready'), 1)
  await startAgent(t, [gridAddress])
  await until('it is ready', async () => await health(router, '--ready') === 0)
})

t.test('an agent has no port for clients, and is asked by who knows the secret', async t => {
  const gridPort = await freePort()
  const agent = { role: 'agent', 'grid.port': gridPort }
  t.equal(await health(agent), 1, 'before it is there')
  const { child, ended } = await startAgent(t, [], agent)
  t.equal(await health(agent), 0)
  t.equal(await health(agent, '--ready'), 0)
  t.equal(await health({ ...agent, 'grid.secret': 'what is no secret of it' }), 1)
  child.kill('SIGSTOP')
  t.equal(await health(agent), 1, 'one that hangs is not')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  await ended
  t.equal(await health(agent), 1)
})
