/** What the pool promises, with real browsers: hits, learning, and that a dead browser is nobody's session. */
import t from 'tap'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { statOf } from '../../src/runtime/processes.js'
import { localBrowsers, startGrid } from '../support/grid.js'
import { metricsOf, statusOf } from '../support/pool.js'
import { startProcess } from '../support/process-grid.js'
import { browserOf, browsersAmong, driverOf, driversAmong } from '../support/processes.js'
import { startSite } from '../support/site.js'
import { until } from '../support/until.js'
import { call, execute, newSession } from '../support/webdriver.js'

const page = 'data:text/html,<title>Shop</title>'

t.test('a session of the default profile is open before it is asked for', async t => {
  const grid = await startGrid(t, { 'pool.warm': 2 })
  const sessions = [await newSession(grid.hub, { browserName: 'chrome' }), await newSession(grid.hub)]
  t.match(await metricsOf(grid.hub), { poolHits: 2, poolMisses: 0, leased: 2 })
  const pids = sessions.map(browserOf)
  t.not(pids[0], pids[1], 'each has a browser of its own')
  for (const session of sessions) {
    await session.do('POST /url', { url: page })
    t.equal(await session.do('GET /title'), 'Shop')
    await session.quit()
  }
  await grid.warm()
  const again = await newSession(grid.hub)
  t.notOk(pids.includes(browserOf(again)), 'a browser serves one session only')
  await again.quit()
})

t.test('a profile that was asked for twice is warm the third time', async t => {
  const grid = await startGrid(t, { 'pool.size': 4, 'pool.warm': 2 })
  const wish = { 'goog:chromeOptions': { args: ['--lang=de', '--user-agent=tested'] } }
  const hits: number[] = []
  for (let i = 0; i < 3; i++) {
    const session = await newSession(grid.hub, wish)
    t.equal(await execute(session, 'return navigator.userAgent'), 'tested')
    await session.quit()
    await grid.warm()
    hits.push((await metricsOf(grid.hub)).poolHits)
  }
  t.same(hits, [0, 0, 1])
})

t.test('nothing that a session leaves is there for the next one of its slot', async t => {
  const grid = await startGrid(t, { 'pool.size': 1, 'pool.warm': 1 })
  const site = await startSite(t)
  const first = await newSession(grid.hub)
  await first.do('POST /url', { url: site })
  await execute(first, 'document.cookie = "a=1; max-age=999"; localStorage.a = 1; return caches.open("a").then(() => new Promise(done => { indexedDB.open("a").onsuccess = () => done() }))')
  const driver = driverOf(first)
  await first.quit()
  const second = await newSession(grid.hub)
  t.equal(driverOf(second), driver, 'it is the same slot')
  await second.do('POST /url', { url: site })
  t.same(await execute(second, 'return Promise.all([document.cookie, localStorage.length, caches.keys(), indexedDB.databases(), history.length])'), ['', 0, [], [], 2])
  await second.quit()
})

/** Stopped, or dead, as the kernel shows it (proc(5)). */
function isOver (pid: number): boolean {
  return 'TZX'.includes(statOf(pid)?.[0] ?? 'X')
}

t.test('a warm browser or driver that was killed or stopped is never handed out, and is replaced', async t => {
  for (const [what, among, signal] of [['browser', browsersAmong, 'SIGKILL'], ['driver', driversAmong, 'SIGKILL'], ['stopped browser', browsersAmong, 'SIGSTOP']] as const) {
    await t.test(what, async t => {
      const grid = await startProcess(t, { 'pool.size': 2, 'pool.warm': 2, 'pool.launchTimeout': 10_000 })
      await grid.said('ready')
      const victims = among(grid.descendants())
      t.ok(victims.length >= 2)
      victims.forEach(pid => process.kill(pid, signal))
      let over = false // a busy kernel takes a moment, in which they run
      for (const late = performance.now() + 1000; !over && performance.now() < late;) over = victims.every(isOver)
      t.ok(over, 'all of them')
      const sessions = await Promise.all([newSession(grid.hub), newSession(grid.hub)]) // at once: nothing has noticed yet
      for (const session of sessions) {
        await session.do('POST /url', { url: page })
        t.equal(await session.do('GET /title'), 'Shop')
        t.notOk(victims.includes(browserOf(session)))
        await session.quit()
      }
      await until('the pool is warm again', async () => (await metricsOf(grid.hub)).warm === 2)
    })
  }
})

t.test('a session whose browser or driver is killed ends, frees its slot, and says why', async t => {
  const grid = await startGrid(t, { 'pool.size': 2, 'pool.warm': 1 })
  for (const [what, pidOf] of [['browser', browserOf], ['driver', driverOf]] as const) {
    const session = await newSession(grid.hub)
    process.kill(pidOf(session), 'SIGKILL')
    await until('its slot is free', async () => (await metricsOf(grid.hub)).leased === 0)
    await t.rejects(session.do('GET /title'), { message: new RegExp(`^404 invalid session id: session ${session.id} ended: its ${what} crashed`) })
    await t.rejects(session.quit(), { message: /invalid session id/ })
  }
  await grid.warm()
  const session = await newSession(grid.hub)
  await session.quit()
})

t.test('a command in flight when its browser or driver dies is answered', async t => {
  const grid = await startGrid(t, { 'pool.size': 2, 'pool.warm': 1 })
  const site = await startSite(t)
  for (const pidOf of [browserOf, driverOf]) {
    const session = await newSession(grid.hub)
    const loading = session.do('POST /url', { url: `${site}/never` })
    loading.catch(() => {})
    process.kill(pidOf(session), 'SIGKILL')
    await t.rejects(loading, { message: /^(404|500|502) \w/ }, 'by the driver, or by us in its stead')
    await until('its slot is free', async () => (await metricsOf(grid.hub)).leased === 0)
  }
})

t.test('launches that fail say why, back off, and go on when the cause has gone', async t => {
  const [chrome] = await localBrowsers()
  if (chrome === undefined) throw new Error('there is no browser')
  const folder = t.testdir()
  const broken = join(folder, 'broken')
  const driver = join(folder, 'chromedriver')
  writeFileSync(broken, '')
  writeFileSync(driver, `#!/bin/sh\nif [ -e ${broken} ]; then echo "libnss3.so is missing" >&2; exit 127; fi\nexec ${chrome.driver} "$@"\n`)
  chmodSync(driver, 0o755)
  const grid = await startGrid(t, { 'pool.size': 2, 'pool.warm': 1 }, { browsers: [{ ...chrome, driver }] })
  const status = await statusOf(grid.hub)
  t.equal(status.ready, false)
  t.match(status.message, /libnss3\.so is missing/)
  t.equal(status.nodes[0]?.availability, 'DOWN')
  t.equal((await call(`GET ${grid.hub}/readyz`)).status, 503)
  await t.rejects(newSession(grid.hub), { message: /^500 session not created: .*libnss3\.so is missing/s })
  const failures = (): number => grid.log.filter(({ msg, why }) => msg === 'browser did not come up' && /libnss3/.test(String(why))).length
  t.ok(failures() > 0, 'the log says it too')
  t.ok(failures() < 20, 'it is not tried without pause')
  rmSync(broken)
  await until('the grid is ready', async () => (await statusOf(grid.hub)).ready)
  const session = await newSession(grid.hub)
  await session.quit()
})

t.test('what the driver refuses is told in its words, costs no slot, and is not tried again', async t => {
  const grid = await startGrid(t, { 'pool.size': 2, 'pool.warm': 1 })
  for (let i = 0; i < 3; i++) {
    await t.rejects(newSession(grid.hub, { 'goog:chromeOptions': { args: 'none' } }), { message: /^400 invalid argument: .*args.*list/s })
  }
  await t.rejects(newSession(grid.hub, { 'goog:chromeOptions': { args: ['--user-data-dir=/proc/nowhere'] } }), { message: /^500 session not created: ./s })
  t.equal(grid.log.filter(({ msg }) => msg === 'browser did not come up').length, 4)
  t.ok((await statusOf(grid.hub)).ready)
  await grid.warm()
  t.match(await metricsOf(grid.hub), { leased: 0, warm: 1 })
})

t.test('wishes that no browser survives, from clients who hang up, do not stop the grid for others', async t => {
  const [chrome] = await localBrowsers()
  if (chrome === undefined) throw new Error('there is no browser')
  const binary = join(t.testdir(), 'browser')
  writeFileSync(binary, `#!/bin/sh\ncase "$*" in *--fails*) sleep 0.4; exit 1;; esac\nexec ${chrome.binary} "$@"\n`)
  chmodSync(binary, 0o755)
  const grid = await startGrid(t, { 'pool.size': 3, 'pool.warm': 1 }, { browsers: [{ ...chrome, binary }] })
  await Promise.all([1, 2].map(() => t.rejects(newSession(grid.hub, { 'goog:chromeOptions': { args: ['--fails'] } }, { signal: AbortSignal.timeout(200) }))))
  await until('the launches have failed', () => grid.log.some(({ msg }) => msg === 'browser did not come up'))
  t.ok((await statusOf(grid.hub)).ready)
  const session = await newSession(grid.hub)
  await session.quit()
})
