/** A client whose machine goes without a word: its own network namespace loses its cable, and the slot is free within a minute. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { leasedOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { until } from '../support/until.js'

const name = `tg${process.pid}`
const here = `${name}a`
const mac = '02:00:00:00:00:02'
const subnet = `10.${process.pid % 200 + 20}.${process.pid % 250}`

function ip (...args: string[]): boolean {
  return spawnSync('ip', args, { stdio: 'ignore' }).status === 0
}

/** A namespace with a cable to us, whose packets are sent also when nobody takes them; false where we may not have one. */
function namespace (): boolean {
  const made = ip('netns', 'add', name)
  t.teardown(() => { ip('link', 'del', here); ip('netns', 'del', name) })
  return made && ip('link', 'add', here, 'type', 'veth', 'peer', 'name', 'eth0', 'address', mac, 'netns', name) &&
    ip('addr', 'add', `${subnet}.1/24`, 'dev', here) && ip('link', 'set', here, 'up') && ip('neigh', 'add', `${subnet}.2`, 'lladdr', mac, 'dev', here) &&
    ip('-n', name, 'addr', 'add', `${subnet}.2/24`, 'dev', 'eth0') && ip('-n', name, 'link', 'set', 'eth0', 'up')
}

/** Connects and says so; once told to talk, has a page print to its console for ever. */
const client = `
const { WebSocket } = await import('ws')
const socket = new WebSocket(process.argv[1], { perMessageDeflate: false })
socket.on('open', () => {
  if (process.argv[2] === 'talks') for (const [id, method, params] of [[1, 'Runtime.enable', {}], [2, 'Runtime.evaluate', { expression: 'setInterval(() => console.log("still here"), 50)' }]]) socket.send(JSON.stringify({ id, method, params }))
  console.log('open')
})
`

async function connected (t: Test, url: string, manner: 'idle' | 'talks'): Promise<ChildProcess> {
  const child = spawn('ip', ['netns', 'exec', name, process.execPath, '--input-type=module', '-e', client, url, manner], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

t.setTimeout(120_000)

t.test('its sockets are closed and its sessions ended, whether bytes were on their way or not', { skip: !namespace() && 'a network namespace cannot be had here: that needs root and iproute2' }, async t => {
  const grid = await startGrid(t, { 'listen.host': `${subnet}.1`, 'listen.insecure': true, 'pool.size': 2, 'pool.warm': 2 })
  const base = grid.hub.replace('http', 'ws')
  await Promise.all([connected(t, `${base}/cdp`, 'idle'), connected(t, `${base}/devtools/page/new-1`, 'talks')])
  t.equal(await leasedOf(grid.hub), 2)
  ip('-n', name, 'link', 'set', 'eth0', 'down')
  const begun = performance.now()
  for (const left of [1, 0]) await until(`${left} are left`, async () => await leasedOf(grid.hub) <= left, 60_000)
  const seconds = (performance.now() - begun) / 1000
  t.ok(seconds < 60, `${Math.round(seconds)} s`)
  t.strictSame(grid.log.filter(({ msg }) => msg === 'session ended').map(({ reason }) => reason), ['socket closed', 'socket closed'])
})
