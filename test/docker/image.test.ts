/** tggrid itself as a container: the whole installation on a Docker host. */
import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import type Docker from 'dockerode'
import t, { type Test } from 'tap'
import { docker, engineAddress, leftOf, newName, noEngine } from '../support/engine.js'
import { freePort } from '../support/free-port.js'
import { until } from '../support/until.js'
import { newSession } from '../support/webdriver.js'

t.setTimeout(120_000)

interface Running {
  readonly container: Docker.Container
  said (): string
}

/** Removed when the test is over, if it is still there. */
async function run (t: Test, options: Docker.ContainerCreateOptions): Promise<Running> {
  const container = await docker.createContainer({ Image: 'tggrid/tggrid', ...options })
  t.teardown(() => container.remove({ force: true }).catch(() => {}))
  const stream = await container.attach({ stream: true, stdout: true, stderr: true })
  const output = new PassThrough()
  let said = ''
  container.modem.demuxStream(stream, output, output)
  output.setEncoding('utf8').on('data', (text: string) => { said += text })
  await container.start()
  return { container, said: () => said }
}

const socket = (engineAddress ?? '').replace('unix://', '')

t.test('docker run --network host -v …docker.sock: it serves browsers in containers beside it, and leaves none', { skip: noEngine }, async t => {
  const [port, name] = [await freePort(), newName()]
  const agent = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const { container, said } = await run(t, {
    Env: [`TGGRID_HUB_PORT=${port}`, 'TGGRID_API_PORT=none', 'TGGRID_POOL_PORT=none', 'BROWSER_POOL_SIZE=2', 'PRE_WARM_COUNT=1', 'TGGRID_PLAYWRIGHT_WARM=0', `TGGRID_NAME=${name}`],
    HostConfig: { NetworkMode: 'host', Binds: [`${socket}:/var/run/docker.sock`] }
  })
  await until('it is ready', () => /"msg":"ready"/.test(said()), 60_000)
  t.match(said(), /browsers run in containers of Docker/)
  const session = await newSession(`http://127.0.0.1:${port}`)
  t.equal(session.id.slice(0, 8), agent)
  await session.do('POST /url', { url: 'data:text/html,<title>Shop</title>' })
  t.equal(await session.do('GET /title'), 'Shop')
  await session.quit()
  await container.stop({ t: 20 })
  t.notOk((await leftOf()).some(name => name.includes(agent)))
})

t.test('in a network of its own it says what to change', { skip: noEngine }, async t => {
  const { container, said } = await run(t, { HostConfig: { Binds: [`${socket}:/var/run/docker.sock`] } })
  t.equal((await container.wait() as { StatusCode: number }).StatusCode, 1)
  t.match(said(), /cannot reach those of browsers: start it with --network host/)
})
