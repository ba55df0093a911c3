/** Nobody starts programs of the grid's machine through it, or reaches a browser that is not his own. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import playwright from 'playwright-core'
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { refusedSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'
import { call, newSession } from '../support/webdriver.js'

const grid = await startGrid(t, { 'playwright.warm': 0 })
const folder = t.testdir()
const trace = `${folder}/it-ran`
const program = `${folder}/program.sh`
writeFileSync(program, `#!/bin/sh\ntouch ${trace}\nexec "$@"\n`)
chmodSync(program, 0o755)

const create = (options: object): Promise<unknown> => call(`POST ${grid.hub}/session`, { body: { capabilities: { alwaysMatch: { 'goog:chromeOptions': options } } } })

t.afterEach(async () => {
  if (existsSync(trace)) throw new Error('the program did run')
  await until('nothing is leased', async () => await leasedOf(grid.hub) === 0)
})

t.test('another executable than the grid\'s is refused, saying which there is', async t => {
  t.match(await create({ binary: program }), { status: 400, body: { value: { error: 'invalid argument', message: /goog:chromeOptions\.binary cannot be asked for: .*chrom/ } } })
})

for (const name of ['renderer-cmd-prefix', '--utility-cmd-prefix', '--gpu-launcher', '--browser-subprocess-path', ' --Zygote-Cmd-Prefix']) {
  t.test(`the argument ${name} is refused, wherever it stands`, async t => {
    const arg = `${name}=${program}`
    t.match(await create({ args: [arg] }), { status: 400, body: { value: { error: 'invalid argument', message: /starts a program/ } } })
    const dashed = `--${arg.trim().replace(/^-+/, '')}`
    t.match(await refusedSocket(`${ws(grid.hub)}/cdp?launch=${encodeURIComponent(JSON.stringify({ args: [dashed] }))}`), { status: 400, body: /starts a program/ })
    await t.rejects(playwright.chromium.connect(`${ws(grid.hub)}/playwright`, { headers: { 'x-playwright-launch-options': JSON.stringify({ args: [dashed] }) } }), { message: /400[^]*starts a program/ })
  })
}

t.test('a browser cannot be named by its DevTools\' address', async t => {
  const session = await newSession(grid.hub)
  const { debuggerAddress } = session.capabilities['goog:chromeOptions'] as { debuggerAddress: string }
  const begun = performance.now()
  for (const address of [debuggerAddress, '127.0.0.1:1', 'x:1', 7]) {
    t.match(await create({ debuggerAddress: address }), { status: 400, body: { value: { error: 'invalid argument', message: /debuggerAddress cannot be asked for/ } } })
  }
  t.ok(performance.now() - begun < 20_000, 'and nobody waits for it')
  await session.quit()
})

t.test('what Playwright cannot have here is said beforehand', async t => {
  for (const [options, message] of [[{ channel: 'msedge' }, /400[^]*channel has to be one of/], [{ headless: false }, /400[^]*there is no display/]] as const) {
    await t.rejects(playwright.chromium.connect(`${ws(grid.hub)}/playwright`, { headers: { 'x-playwright-launch-options': JSON.stringify(options) } }), { message })
  }
})
