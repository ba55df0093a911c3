/** What sockets meet when things go wrong: refusals that say why, and slots that come back. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import t from 'tap'
import { leasedOf, metricsOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { startProcess } from '../support/process-grid.js'
import { ask, closedBy, openSocket, refusedSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { basic, call, newSession } from '../support/webdriver.js'

const playwright = { headers: { 'User-Agent': 'Playwright/1.65.1 (x64; debian 12) node/20.20' } }

t.test('with one slot', async t => {
  const grid = await startGrid(t, { 'pool.size': 1, 'session.queueTimeout': 0.6, 'session.queueLimit': 2 })
  const cdp = `${ws(grid.hub)}/cdp`
  const free = (): Promise<unknown> => until('the slot is free', async () => await leasedOf(grid.hub) === 0)
  t.afterEach(free)

  await t.test('an unknown path is told what there is', async t => {
    for (const path of ['/nothing', '/cdp/nothing', '/session/x', '/playwright/netscape', '/devtools/nothing/x', '/json/version']) {
      t.match(await refusedSocket(ws(grid.hub) + path), { status: 404, body: /there is no WebSocket at .*\/playwright, \/session/, headers: { 'content-type': /text\/plain/ } }, path)
    }
  })

  await t.test('a page from elsewhere is refused before anything is opened', async t => {
    for (const path of ['/', '/cdp', '/playwright', '/session', '/devtools/browser/x', '/devtools/page/new-x']) {
      t.match(await refusedSocket(ws(grid.hub) + path, { headers: { Origin: 'https://evil.example' } }), { status: 403, body: /evil\.example/ }, path)
    }
    t.match(await refusedSocket(cdp, { headers: { Host: 'rebound.example' } }), { status: 403, body: /not known as/ })
    t.equal((await metricsOf(grid.hub)).leased, 0)
  })

  await t.test('launch arguments that are none are named', async t => {
    for (const query of ['launch=nonsense', `launch=${encodeURIComponent('{"args":["no-dashes"]}')}`, `launch=${encodeURIComponent('{"args":7}')}`]) {
      t.match(await refusedSocket(`${cdp}?${query}`), { status: 400, body: /launch/ }, query)
    }
  })

  await t.test('who waits too long is told so; a full queue too; who does not want to wait at once', async t => {
    const holder = await openSocket(cdp)
    const waiting = [refusedSocket(cdp), refusedSocket(`${ws(grid.hub)}/playwright`, playwright)]
    await until('both wait', async () => (await metricsOf(grid.hub)).queued === 2)
    t.match(await refusedSocket(cdp), { status: 429, body: /queue is full: 2 requests wait/, headers: { 'retry-after': '1' } })
    t.match(await refusedSocket(cdp, { headers: { 'X-Selenoid-No-Wait': '1' } }), { status: 503, body: /does not want to wait/ })
    for (const refused of await Promise.all(waiting)) t.match(refused, { status: 503, body: /no browser became free within 0\.6 s/ })
    holder.terminate()
  })

  await t.test('the upgrade waits while the client queues, and who leaves the queue costs no browser', async t => {
    const holder = await openSocket(cdp)
    const second = openSocket(cdp)
    const third = openSocket(cdp)
    third.catch(() => {}) // it is to be cut
    await until('both wait', async () => (await metricsOf(grid.hub)).queued === 2)
    holder.close()
    const socket = await second
    t.match(await ask(socket, { id: 1, method: 'Browser.getVersion' }), { result: { product: /Chrome/ } })
    await t.rejects(third)
    socket.terminate()
    await free()
    const { poolHits, poolMisses } = await metricsOf(grid.hub)
    t.equal(grid.log.filter(({ msg }) => msg === 'session started').length, poolHits + poolMisses)
  })

  await t.test('what is sent before the 101 arrives', async () => {
    const { port, hostname } = new URL(grid.hub)
    const socket = connect(Number(port), hostname)
    const command = Buffer.from('{"id":7,"method":"Browser.getVersion"}')
    const masked = Buffer.concat([Buffer.from([0x81, 0x80 | command.length, 0, 0, 0, 0]), command])
    socket.write('GET /cdp HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n')
    socket.write(masked)
    let received = ''
    socket.on('data', bytes => { received += bytes.toString('latin1') })
    await until('the answer is there', () => /^HTTP\/1\.1 101 [^]*"id":7,"result"/.test(received))
    socket.destroy()
  })

  await t.test('pings pass through, and close codes are kept', async t => {
    const socket = await openSocket(cdp)
    const pong = once(socket, 'pong')
    socket.ping('there?')
    t.equal(String((await pong)[0]), 'there?')
    socket.close(1000, 'done')
    t.equal((await closedBy(socket)).code, 1000)
  })

  await t.test('a session that ended is told with its reason', async t => {
    const session = await newSession(grid.hub, { webSocketUrl: true })
    t.match(await refusedSocket(`${ws(grid.hub)}/session/${session.id}/se/playwright`), { status: 501, body: /Playwright did not open it; connectOverCDP works/ })
    await session.quit()
    for (const path of ['', '/se/cdp', '/se/bidi', '/se/cdp/devtools/page/X']) {
      t.match(await refusedSocket(`${ws(grid.hub)}/session/${session.id}${path}`), { status: 410, body: /ended: its client deleted it/ }, path)
    }
    t.match(await refusedSocket(`${ws(grid.hub)}/session/${'0'.repeat(40)}/se/cdp`), { status: 404, body: /there is no session/ })
  })

  await t.test('two clients on one session', async t => {
    const session = await newSession(grid.hub)
    const url = String(session.capabilities['se:cdp'])
    const [one, two] = [await openSocket(url), await openSocket(url)]
    for (const socket of [one, two, one]) t.match(await ask(socket, { id: 1, method: 'Browser.getVersion' }), { result: {} })
    one.terminate()
    t.match(await ask(two, { id: 2, method: 'Browser.getVersion' }), { result: {} }, 'one leaves, the other stays')
    await session.quit()
    t.equal((await closedBy(two)).code, 1006)
  })

  await t.test('a browser that crashes within a message takes its socket with it, and the slot comes back', async t => {
    const socket = await openSocket(cdp)
    const closed = closedBy(socket)
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression: '"x".repeat(5e7)' } }))
    socket.send(JSON.stringify({ id: 2, method: 'Browser.crash' }))
    await closed
    await free()
    const next = await openSocket(cdp)
    t.match(await ask(next, { id: 1, method: 'Browser.getVersion' }), { result: {} })
    next.terminate()
  })
})

t.test('the upstream\'s own refusal reaches the client: status and words', async t => {
  const grid = await startGrid(t)
  const session = await newSession(grid.hub)
  const refused = await refusedSocket(`${ws(grid.hub)}/session/${session.id}/se/cdp/devtools/page/${'F'.repeat(32)}`)
  t.match(refused, { status: 500, body: /No such target id/ }, 'which is what Chrome says')
  await session.quit()
})

t.test('strangers get no socket, and users only their own', async t => {
  const users = [{ name: 'ann', password: 'ann-secret' }, { name: 'bob', password: 'bob-secret' }]
  const grid = await startGrid(t, { users, 'pool.size': 2 })
  const [ann, bob] = [basic('ann', 'ann-secret'), basic('bob', 'bob-secret')]
  for (const path of ['/', '/cdp', '/playwright', '/session', '/devtools/page/new-x']) {
    t.match(await refusedSocket(ws(grid.hub) + path, playwright), { status: 401, body: /credentials are needed/, headers: { 'www-authenticate': /^Basic/ } }, path)
    t.match(await refusedSocket(ws(grid.hub) + path, basic('ann', 'wrong')), { status: 401, body: /wrong or have expired/ }, path)
  }
  const { body: { token } } = await call<{ token: string }>(`POST ${grid.api}/api/auth/login`, { body: { email: 'ann', password: 'ann-secret' } })
  const socket = await openSocket(`${ws(grid.hub)}/cdp?token=${token}`)
  const { body: { sessions: [mine] } } = await call<{ sessions: { id: string }[] }>(`GET ${grid.api}/api/sessions`, ann)
  const { result: { targetInfos } } = await ask<{ result: { targetInfos: { targetId: string }[] } }>(socket, { id: 1, method: 'Target.getTargets' })
  const { body: version } = await call<{ webSocketDebuggerUrl: string }>(`GET ${grid.hub}/session/${mine?.id}/se/cdp/json/version`, ann)
  t.match(await refusedSocket(`${ws(grid.hub)}/session/${mine?.id}/se/cdp`, bob), { status: 404, body: /there is no session/ })
  t.match(await refusedSocket(`${ws(grid.hub)}/devtools/page/${targetInfos[0]?.targetId}`, bob), { status: 404 })
  t.equal((await call(`GET ${grid.hub}/session/${mine?.id}/se/cdp/json/list`, bob)).status, 404)
  const own = await openSocket(`${ws(grid.hub)}/devtools/browser/${version.webSocketDebuggerUrl.split('/').at(-1)}`, bob)
  t.match(await call(`GET ${grid.hub}/metrics`, ann), { body: { leased: 2 } }, 'another\'s browser id brings a browser of one\'s own')
  own.terminate()
  socket.terminate()
  const leased = async (): Promise<number> => (await call<{ leased: number }>(`GET ${grid.hub}/metrics`, ann)).body.leased
  const free = (): Promise<unknown> => until('both have ended', async () => await leased() === 0)
  await free()
  const { body: promised } = await call<{ webSocketDebuggerUrl: string }>(`GET ${grid.hub}/json/version`, ann)
  const url = promised.webSocketDebuggerUrl.split('?')[0] ?? ''
  const [hers, his] = [await openSocket(url, ann), await openSocket(url, bob)]
  t.equal(await leased(), 2, 'what was promised to another is nothing to him')
  hers.terminate()
  his.terminate()
  await free()
})

t.test('100 clients at once with 10 slots: each has its turn, none is lost', { timeout: 120_000 }, async t => {
  const grid = await startGrid(t, { 'pool.size': 10, 'pool.warm': 0, 'playwright.warm': 4 })
  let most = 0
  await Promise.all(Array.from({ length: 100 }, async () => {
    const socket = await openSocket(`${ws(grid.hub)}/playwright`, playwright)
    most = Math.max(most, (await metricsOf(grid.hub)).leased)
    socket.terminate()
  }))
  t.ok(most > 1 && most <= 10, `${most} at once`)
  await until('every slot is free', async () => await leasedOf(grid.hub) === 0)
  t.equal(grid.log.filter(({ msg }) => msg === 'session ended').length, 100)
})

t.test('a client that does not read while Chrome sends 100 MB costs no memory, and gets all of it', async t => {
  const grid = await startProcess(t)
  const socket = await openSocket(`${ws(grid.hub)}/devtools/page/new-1`)
  const before = rss(grid.child.pid ?? 0)
  const lengths: number[] = []
  socket.on('message', data => lengths.push((data as Buffer).length))
  socket.pause()
  for (let id = 1; id <= 4; id++) socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params: { expression: `"${id}".repeat(25e6)`, returnByValue: true } }))
  await new Promise(resolve => setTimeout(resolve, 2000))
  const grown = (rss(grid.child.pid ?? 0) - before) / 1024
  t.ok(grown < 40, `${Math.round(grown)} MiB more`)
  socket.resume()
  await until('all has come', () => lengths.length === 4)
  t.ok(lengths.every(length => length > 25e6))
  socket.terminate()
})

/** Resident memory in KiB (proc(5), VmRSS). */
function rss (pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])
}
