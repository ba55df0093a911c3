import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { keys } from '../../src/config/keys.js'

const main = new URL('../../src/main.js', import.meta.url).pathname

interface Options {
  readonly environment?: Record<string, string>
  readonly input?: string
}

/** The program as a process of its own, in an environment without our variables. */
function start (t: Test, args: readonly string[], { environment = {} }: Options = {}) {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env['PATH'], ...environment } })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function run (t: Test, args: readonly string[], options: Options = {}): Promise<{ code: number, out: string, err: string }> {
  const child = start(t, args, options)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text })
  child.stdin.end(options.input ?? '')
  const [code] = await once(child, 'close') as [number]
  return { code, out, err }
}

t.test('--version prints the version, --help every flag with its variable and default', async t => {
  t.match(await run(t, ['--version']), { code: 0, out: /^\d+\.\d+\.\d+\n$/, err: '' })
  const { code, out } = await run(t, ['--help'])
  t.equal(code, 0)
  const text = out.replaceAll(/\s+/g, ' ')
  for (const key of keys) {
    if (key.flag === null) t.notMatch(text, `--${key.name} `, `${key.path} is a secret`)
    else t.ok(text.includes(`${key.flag} `) || text.includes(`${key.flag.replace('--', '--no-')} `), key.flag)
  }
  t.match(text, 'Most browsers at once (env: BROWSER_POOL_SIZE, TGGRID_POOL_SIZE; default: 5 for each core')
  for (const word of ['start', 'config', 'doctor', 'hash-password', 'Examples:']) t.match(text, word)
})

t.test('what cannot be understood exits with 2 and says why, on stderr only', async t => {
  const wrong: Array<[args: string[], sentence: RegExp]> = [
    [['strat'], /unknown command 'strat'; did you mean start\?/],
    [['--hub-prt', '4'], /unknown option '--hub-prt'[^]*--hub-port/],
    [['config', '--hub-port'], /argument missing/],
    [['config', '--hub-port', 'x'], /^tggrid: --hub-port \(listen\.hubPort\) is "x", which is not allowed; it takes a whole number from 0 to 65535/],
    [['config', '--config', '/nowhere.json'], /^tggrid: \/nowhere\.json: cannot be read/],
    [['--host', '0.0.0.0'], /there are no users/],
    [['--browser', 'netscape'], /pool\.browser is "netscape", which this machine does not have; it has .*chrome/]
  ]
  for (const [args, sentence] of wrong) t.match(await run(t, args), { code: 2, out: '', err: sentence }, args.join(' '))
  t.match(await run(t, ['config'], { environment: { TGGRID_POOL_SISE: '4' } }), { code: 2, err: /TGGRID_POOL_SISE is not known; did you mean TGGRID_POOL_SIZE/ })
})

t.test('config prints every value with where it came from, and no secret', async t => {
  const file = join(t.testdir(), 'grid.json')
  writeFileSync(file, JSON.stringify({ users: [{ name: 'ann', password: 'hush-hush' }], pool: { warm: 1 } }))
  const args = ['config', '--config', file, '--pool-size', '9', '--no-lean', '--chromium-args', '--a=1,2', '--chromium-args=--b']
  const environment = { TGGRID_TOKEN_SECRET: 'hush-hush-hush-hush', CONTAINER_STARTUP_TIMEOUT: '1000' }
  const text = await run(t, args, { environment })
  t.match(text, { code: 0, err: '' })
  t.match(text.out, /^pool\.size +9 +flag --pool-size$/m)
  t.match(text.out, /^pool\.launchTimeout +1000 ms +environment CONTAINER_STARTUP_TIMEOUT$/m)
  t.match(text.out, /^users +ann:\*+ +file .*grid\.json$/m)
  t.notMatch(text.out, 'hush')
  const json = await run(t, [...args, '--json'], { environment })
  t.notMatch(json.out, 'hush')
  const values = JSON.parse(json.out) as Record<string, object>
  t.match(values, {
    'pool.size': { value: 9, from: 'flag', name: '--pool-size' },
    'pool.warm': { value: 1, from: 'file', name: file },
    'chromium.lean': { value: false, from: 'flag', name: '--no-lean' },
    'chromium.args': { value: ['--a=1,2', '--b'] },
    'listen.hubPort': { value: 4444, from: 'default' },
    users: { value: [{ name: 'ann' }] }
  })
  t.same(Object.keys(values), keys.map(key => key.path))
})

t.test('hash-password prints a hash that the configuration takes, and wants a password', async t => {
  const { code, out } = await run(t, ['hash-password'], { input: 'secret\n' })
  t.equal(code, 0)
  t.match(out, /^scrypt\$\d+\$\d+\$\d+\$[\w-]+\$[\w-]+\n$/)
  t.match(await run(t, ['config'], { environment: { TGGRID_USERS: `ann:${out.trim()}` } }), { code: 0 })
  t.match(await run(t, ['hash-password'], { input: '' }), { code: 1, out: '', err: /no password was given/ })
})

const ownPort = ['--hub-port', '0', '--api-port', 'none', '--pool-port', 'none', '--warm', '0']

t.test('start listens, says where, and ends with 0 on SIGTERM', async t => {
  const child = start(t, [...ownPort, '--container-cpu', '2'])
  const ended = once(child, 'close')
  const lines: Array<Record<string, unknown>> = []
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as Record<string, unknown>
    lines.push(entry)
    if (entry['msg'] === 'listening') child.kill('SIGTERM')
  }
  t.same(await ended, [0, null])
  const messages = lines.map(line => String(line['msg'])).join('\n')
  t.match(messages, 'container.cpu is for containers')
  t.match(messages, /SIGTERM: stopping[^]*stopped/)
  t.match(lines.find(line => line['msg'] === 'listening'), { urls: { 'Selenium Hub': /^http:\/\/127\.0\.0\.1:\d+/ } })
})

t.test('a port in use is named with the option that changes it', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.match(await run(t, ['--hub-port', String(port), '--api-port', 'none', '--pool-port', 'none', '--warm', '0']), {
    code: 1, err: `tggrid: port ${port} on 127.0.0.1 is in use; --hub-port N takes another one`
  })
})

t.test('an address that this machine does not have is named', async t => {
  t.match(await run(t, [...ownPort, '--host', '203.0.113.1', '--insecure']), { code: 1, err: /203\.0\.113\.1 is no address of this machine.*--host/ })
})

t.test('a second signal ends at once, and takes the children along', async t => {
  const modules = new URL('../../src/cli/signals.js', import.meta.url).href
  const script = `
    const { untilStopped } = await import(${JSON.stringify(modules)})
    const log = { info: text => console.log(text) }
    setInterval(() => {}, 1000)
    const grid = { urls: {}, stop: () => new Promise(() => {}), kill: () => console.log('killed') }
    await untilStopped(log, 5000, async () => { console.log('up'); return grid })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  t.teardown(() => child.kill('SIGKILL'))
  const ended = once(child, 'close')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line === 'up') child.kill('SIGTERM')
    if (line.startsWith('SIGTERM: stopping')) child.kill('SIGINT')
  }
  t.same(await ended, [130, null])
  t.match(said, ['up', /5 s/, 'killed'])
})
