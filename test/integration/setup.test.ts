import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'

const here = process.cwd()

/** What the lock file of the small project below wants. */
const packages = { '': {}, 'node_modules/typescript': { version: '1.0.0' }, 'node_modules/tap': { version: '2.0.0', dev: true } }

// Installs as npm would: notes its arguments, links the compiler, and writes npm's own record last.
const npm = `#!/bin/sh
echo "npm $*" >> "$CALLS"
test -n "$NPM_FAILS" && { echo "npm error code ENOTFOUND registry.npmjs.org" >&2; exit 1; }
mkdir -p node_modules
ln -sfn "${realpathSync(join(here, 'node_modules', 'typescript'))}" node_modules/typescript
case "$*" in *omit=dev*) cp start.json node_modules/.package-lock.json;; *) cp package-lock.json node_modules/.package-lock.json;; esac
`

/** A small project with the real set-up, and programs of its own instead of the machine's. */
function project (t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'tggrid-test-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: unknown) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  cpSync(join(here, 'config'), join(folder, 'config'), { recursive: true })
  rmSync(join(folder, 'config', 'browsers.json'), { force: true })
  write('package.json', { type: 'module' })
  write('package-lock.json', { packages })
  write('start.json', { packages: { 'node_modules/typescript': { version: '1.0.0' } } })
  write('tsconfig.json', { compilerOptions: { target: 'es2022', rootDir: '.', outDir: 'dist', incremental: true, tsBuildInfoFile: 'dist/.tsbuildinfo', strict: true, types: [] }, include: ['src', 'test'] })
  write('src/main.ts', 'export const answer: number = 42\n')
  write('test/main.test.ts', 'export const question: string = \'\'\n')
  const program = (name: string, body: string) => {
    write(`bin/${name}`, body)
    chmodSync(join(folder, 'bin', name), 0o755)
  }
  program('npm', npm)
  for (const name of ['chromium', 'chromedriver', 'python3', 'ip']) program(name, '#!/bin/sh\n')
  program('apt-get', '#!/bin/sh\necho "apt-get $*" >> "$CALLS"\n')
  for (const name of ['sh', 'mkdir', 'ln', 'cp']) symlinkSync(`/bin/${name}`, join(folder, 'bin', name))
  const calls = () => existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n') : []
  const setup = async (mode: string, more: Record<string, string> = {}, nodeArgs: string[] = []) =>
    await run([...nodeArgs, join(folder, 'config', 'setup.js'), mode], { PATH: join(folder, 'bin'), CALLS: join(folder, 'calls'), ...more })
  return { folder, write, setup, calls, has: (name: string) => existsSync(join(folder, name)) }
}

interface Ran {
  readonly code: number
  readonly said: string
  readonly ms: number
}

async function run (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const begin = performance.now()
  const child = spawn(process.execPath, args, { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { said += text })
  const [code] = await once(child, 'close') as [number]
  return { code, said, ms: performance.now() - begin }
}

t.test('the first start installs what running needs and builds the program; the second one does nothing', async t => {
  const { setup, calls, has } = project(t)
  t.match(await setup('start'), { code: 0, said: /installing npm packages[^]*building/ })
  t.match(calls(), [/^npm ci --omit=dev .*--ignore-scripts/])
  t.ok(has('dist/src/main.js'))
  t.notOk(has('dist/test/main.test.js'), 'tests are not built for a start')
  t.match(await setup('start'), { code: 0, said: '' })
  t.equal(calls().length, 1)
})

t.test('tests notice that the development packages are missing, and a start takes what tests installed', async t => {
  const { setup, calls, has } = project(t)
  await setup('start')
  t.match(await setup('test'), { code: 0 })
  t.match(calls(), [/--omit=dev/, /--include=dev/])
  t.ok(has('dist/test/main.test.js'))
  t.match(await setup('start'), { code: 0, said: '' })
  t.match(await setup('test'), { code: 0, said: '' })
})

t.test('another lock file, and an installation that was broken off, are installed again', async t => {
  const { setup, calls, write, folder } = project(t)
  await setup('start')
  write('package-lock.json', { packages: { ...packages, 'node_modules/typescript': { version: '1.0.1' } } })
  await setup('start')
  t.equal(calls().length, 2)
  write('package-lock.json', { packages })
  rmSync(join(folder, 'node_modules', '.package-lock.json'))
  await setup('start')
  t.equal(calls().length, 3)
  t.match(await setup('start'), { said: '' })
})

t.test('a changed source is built, a removed one leaves nothing, a removed output comes back', async t => {
  const { setup, write, has, folder } = project(t)
  write('src/other.ts', 'export const other = 1\n')
  await setup('start')
  t.ok(has('dist/src/other.js'))
  rmSync(join(folder, 'src/other.ts'))
  t.match(await setup('start'), { said: /building/ })
  t.notOk(has('dist/src/other.js'))
  write('src/main.ts', 'export const answer: number = 43\n')
  await setup('start')
  t.match(readFileSync(join(folder, 'dist/src/main.js'), 'utf8'), '43')
  write('src/main.ts', 'export const answer: number = 44\n')
  utimesSync(join(folder, 'src/main.ts'), 1, 1)
  await setup('start')
  t.match(readFileSync(join(folder, 'dist/src/main.js'), 'utf8'), '44', 'also when it is older than the build')
  rmSync(join(folder, 'dist/src/main.js'))
  await setup('start')
  t.ok(has('dist/src/main.js'))
  t.equal(statSync(join(folder, 'dist/src/main.js')).mode & 0o111, 0o111, 'the command can be run')
})

t.test('a source that does not compile is shown, and is built again when it is mended', async t => {
  const { setup, write } = project(t)
  write('src/main.ts', 'export const answer: number = \'x\'\n')
  t.match(await setup('start'), { code: 1, said: /src\/main\.ts[^]*TS2322[^]*do not compile/ })
  t.match(await setup('start'), { code: 1 })
  write('src/main.ts', 'export const answer: number = 1\n')
  t.match(await setup('start'), { code: 0 })
})

t.test('without a network there is one sentence', async t => {
  const { setup } = project(t)
  const { code, said } = await setup('start', { NPM_FAILS: '1' })
  t.equal(code, 1)
  t.match(said.trim().split('\n').at(-1), /^set-up: the npm packages could not be fetched: the registry cannot be reached/)
})

t.test('a missing driver is installed as root on Debian, and otherwise there is a sentence; a list of browsers needs none', async t => {
  const { setup, calls, folder, write } = project(t)
  rmSync(join(folder, 'bin', 'chromedriver'))
  const { code, said } = await setup('start')
  if (process.getuid?.() === 0 && readFileSync('/etc/os-release', 'utf8').includes('ID=debian')) {
    t.equal(code, 0)
    t.match(calls().filter(call => call.startsWith('apt')), [/ update$/, / install .*chromium chromium-driver/])
  } else {
    t.equal(code, 1)
    t.match(said, /missing: /)
  }
  const before = calls().length
  write('config/browsers.json', {})
  t.match(await setup('start'), { code: 0 })
  t.equal(calls().length - before <= 1, true)
})

t.test('what tests of networks need is installed for tests only, as root', async t => {
  const { setup, calls, folder } = project(t)
  rmSync(join(folder, 'bin', 'ip'))
  t.match(await setup('start'), { code: 0 })
  t.strictSame(calls().filter(call => call.startsWith('apt')), [])
  t.match(await setup('test'), { code: 0 })
  const installs = process.getuid?.() === 0 && /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readFileSync('/etc/os-release', 'utf8'))
  t.match(calls().filter(call => call.startsWith('apt')), installs ? [/ update$/, / install .*iproute2$/] : [])
})

t.test('an old Node is refused in one sentence, an unknown mode too', async t => {
  const { setup } = project(t)
  const old = 'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.1" } })'
  t.match(await setup('start', {}, ['--import', old]), { code: 1, said: /^tggrid needs Node\.js 20 or newer, and this is 18\.20\.1: .*\n$/ })
  t.match(await setup('strat'), { code: 2, said: /there is no mode strat; there are start, check, test, build/ })
})

t.test('in this working copy, where all is done, it says nothing and takes no time', async t => {
  const [runs, nothing]: [Ran[], Ran[]] = [[], []]
  for (let i = 0; i < 3; i++) {
    runs.push(await run([join(here, 'config', 'setup.js'), 'start'], process.env))
    nothing.push(await run(['-e', '0'], process.env))
  }
  t.match(runs, runs.map(() => ({ code: 0, said: '' })))
  const [fastest, least] = [runs, nothing].map(some => Math.min(...some.map(({ ms }) => ms))) as [number, number]
  t.ok(fastest < least * 6, `${Math.round(fastest)} ms, and ${Math.round(least)} ms for Node.js alone`)
})
