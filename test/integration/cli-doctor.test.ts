import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findBrowsers } from '../../src/config/browsers.js'
import { loadConfig } from '../../src/config/load.js'
import type { Check } from '../../src/doctor/check.js'
import { examine } from '../../src/doctor/doctor.js'
import { memory, node } from '../../src/doctor/machine-checks.js'

const main = new URL('../../src/main.js', import.meta.url).pathname
const freePorts = ['--hub-port', '0', '--api-port', 'none', '--pool-port', 'none']

function doctor (args: readonly string[], environment: Record<string, string> = {}): Promise<{ code: number, out: string, err: string }> {
  return new Promise(resolve => {
    const env = { PATH: process.env['PATH'], ...environment }
    execFile(process.execPath, [main, 'doctor', ...freePorts, ...args], { env }, (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }))
  })
}

function folder (t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'tggrid-test-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  return path
}

t.test('on this machine everything works, a real session included, and nothing is left behind', async t => {
  const temporary = folder(t)
  const { code, out } = await doctor(['--json'], { TMPDIR: temporary })
  t.equal(code, 0)
  const checks = JSON.parse(out) as Check[]
  t.match(checks.find(check => check.name === 'launch'), { status: 'ok', found: /^chrome [\d.]+ opened a session and ended it in \d+ ms$/ })
  for (const name of ['Node.js', 'memory', 'shared memory', 'open files', 'temporary folder', 'display', 'browser', 'sandbox']) {
    t.ok(checks.some(check => check.name === name && check.status !== 'fail'), name)
  }
  t.same(readdirSync(temporary), [])
})

t.test('a port in use fails, with the option that changes it', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { code, out, err } = await doctor(['--api-port', String(port)])
  t.equal(code, 1)
  t.match(out, new RegExp(`fail  port +127\\.0\\.0\\.1:${port} is in use\\n +→ choose another with --api-port`))
  t.match(err, /1 of \d+ checks failed/)
})

t.test('a driver that cannot start, and browsers that are not there, fail with their reason', async t => {
  const path = folder(t)
  const program = (name: string, body: string) => {
    writeFileSync(join(path, name), `#!/bin/sh\n${body}\n`)
    chmodSync(join(path, name), 0o755)
    return join(path, name)
  }
  const binary = program('browser', 'echo Chromium 1.2.3.4')
  const driver = program('driver', 'test "$1" = --version && echo ChromeDriver 1.2.3.4 || exit 7')
  const file = join(path, 'browsers.json')
  const list = (image: unknown) => writeFileSync(file, JSON.stringify({ chrome: { versions: { 1: { image, binary } } } }))
  list([driver])
  t.match(await doctor(['--browsers', file]), { code: 1, out: /fail {2}launch +chrome 1\.2\.3\.4: .*driver ended with exit code 7 before it listened/ })
  list(['/nowhere/chromedriver'])
  const missing = await doctor(['--browsers', file])
  t.match(missing, { code: 1, out: /fail {2}browser .*the driver \/nowhere\/chromedriver does not exist/ })
  t.match(missing.out, /fail {2}launch +no browser to launch/)
})

t.test('an empty machine fails in sentences, not in a crash', async t => {
  const machine = { cores: 1, memory: 200, browsersFile: null, hostname: 'here' }
  const { config } = loadConfig({ environment: { TGGRID_HUB_PORT: '0', TGGRID_API_PORT: 'none', TGGRID_POOL_PORT: 'none', TGGRID_HEADLESS: 'false' }, machine })
  const found = await findBrowsers(null, { path: [], usual: { browsers: [], shells: [], drivers: [], firefoxes: [], geckodrivers: [] } })
  const checks = await examine({ config, found, machine })
  const failed = checks.filter(check => check.status === 'fail').map(check => check.name)
  for (const name of ['memory', 'browser', 'launch']) t.ok(failed.includes(name), name)
  for (const check of checks) if (check.status === 'fail' && check.name !== 'browser') t.ok(check.remedy, check.name)
})

t.test('too little memory for the pool names the size that fits; an old Node fails', async t => {
  const machine = { cores: 2, memory: 3000, browsersFile: null, hostname: 'here' }
  const { config } = loadConfig({ environment: { BROWSER_POOL_SIZE: '20' }, machine })
  t.match(memory({ config, machine, found: { browsers: [], notes: [] } }), { status: 'warn', remedy: /--pool-size 10$/ })
  t.match(node('18.20.0'), { status: 'fail', remedy: /Node\.js 20/ })
  t.match(node('24.1.0'), { status: 'ok' })
})
