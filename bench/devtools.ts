/** What a hop costs DevTools' clients: a round trip to a real Chrome, a large answer, sockets that are open and silent. */
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { ask, openSocket } from '../test/support/sockets.js'
import { call } from '../test/support/webdriver.js'
import { startChromedriver } from './chromedriver.js'
import { startHops, type Hop } from './hops/hops.js'
import { added, alternate } from './overhead.js'
import { median, timesRow, type Row, type Run } from './suite.js'

const idle = 200
const large = 64 * 2 ** 20
const session = 'f'.repeat(32)

interface Evaluated { readonly result: { readonly result: { readonly value: string } } }

export async function devtoolsRows ({ scope, quick, say }: Pick<Run, 'scope' | 'quick' | 'say'>): Promise<Row[]> {
  const driver = await startChromedriver(scope)
  const { id, capabilities } = await driver.newSession()
  scope.teardown(() => driver.end(id))
  const { debuggerAddress } = capabilities['goog:chromeOptions'] as { debuggerAddress: string }
  const { body: [page] } = await call<{ webSocketDebuggerUrl: string }[]>(`GET http://${debuggerAddress}/json/list`)
  const path = new URL(page?.webSocketDebuggerUrl ?? '').pathname
  const hops = await startHops(scope, Number(debuggerAddress.split(':')[1]), session)
  say('DevTools round trips, the first ones not counted: code that has just been started is slow')
  for (const hop of hops) await roundTrips(hop, path, quick ? 3000 : 10_000)
  const trips = await alternate(hops, quick ? 4 : 10, hop => roundTrips(hop, path, quick ? 300 : 1000))
  say('large answers')
  const two = hops.filter(({ name }) => name === 'direct' || name === 'tggrid')
  const answers = await alternate(two, quick ? 3 : 8, hop => largeAnswer(hop, path))
  say('idle sockets')
  return [...added('DevTools, Browser.getVersion: added latency', trips), ...speeds(answers), await idleSockets(await startHops(scope, Number(debuggerAddress.split(':')[1]), session), path)]
}

function open (hop: Hop, path: string): Promise<WebSocket> {
  const own = hop.name === 'tggrid' ? `/session/${hop.prefix}${session}/se/cdp${path}` : path
  return openSocket(`ws://127.0.0.1:${hop.port}${own}`)
}

async function roundTrips (hop: Hop, path: string, count: number): Promise<number[]> {
  const socket = await open(hop, path)
  const times: number[] = []
  for (let id = 1; id <= count; id++) {
    const begin = performance.now()
    const { result } = await ask<{ result: { product?: string } }>(socket, { id, method: 'Browser.getVersion' })
    times.push(performance.now() - begin)
    if (result.product === undefined) throw new Error('Chrome did not say its version')
  }
  socket.close()
  await once(socket, 'close')
  return times
}

/** A text as long as a large trace or screenshot. */
async function largeAnswer (hop: Hop, path: string): Promise<number[]> {
  const socket = await open(hop, path)
  const begin = performance.now()
  const { result } = await ask<Evaluated>(socket, { id: 1, method: 'Runtime.evaluate', params: { expression: `"x".repeat(${large})`, returnByValue: true } })
  const time = performance.now() - begin
  if (result.result.value.length !== large) throw new Error('part of the answer is missing')
  socket.close()
  await once(socket, 'close')
  return [time]
}

/** Ratio: how fast, compared with the direct way. */
function speeds (samples: Awaited<ReturnType<typeof alternate>>): Row[] {
  const direct = median(samples.find(({ hop }) => hop.name === 'direct')?.rounds.flat() ?? [])
  return samples.map(({ hop, rounds }) => timesRow({ suite: 'overhead', case: '64 MiB from Chrome', contender: hop.name, unit: 'ms', ratio: direct / median(rounds.flat()), reference: 'direct' }, rounds.flat()))
}

/** Memory that they add, in MiB. */
async function idleSockets (hops: readonly Hop[], path: string): Promise<Row> {
  const hop = hops.find(({ name }) => name === 'tggrid')
  if (hop?.program === undefined) throw new Error('tggrid is not among the hops')
  const before = hop.program.memory()
  const sockets = await Promise.all(Array.from({ length: idle }, () => open(hop, path)))
  await pause(1000)
  const grown = hop.program.memory() - before
  sockets.forEach(socket => socket.terminate())
  return { suite: 'overhead', case: `${idle} idle sockets: memory`, contender: 'tggrid', p50: grown, p99: grown, perSecond: NaN, unit: 'MiB', ratio: NaN, reference: '' }
}
