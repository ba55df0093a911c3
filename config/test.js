/**
 * Runs the tests, those with containers against a Docker engine where there is one: node config/test.js [--docker] [--images LIST] [tap's arguments]
 * On CI and with --docker it prepares an engine of its own, with images from the project's Dockerfile, and removes it afterwards. Tests whose
 * image is not there are skipped: --images firefox,webkit builds these too, which takes some minutes more. Where no tests are named, all run in
 * four parts, the first of them while the images are built, the last two beside each other; with --output-file=FILE each part writes FILE and its
 * name, such as FILE.docker.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBase } from './engine/base.js'
import { buildImages } from './engine/images.js'
import { startEngine } from './engine/start.js'
import { stopEngine } from './engine/stop.js'
import { Problem, root } from './setup/steps.js'

const usual = '/var/run/docker.sock'
const args = process.argv.slice(2)
const images = ['tggrid', 'chrome', 'chrome-headful', ...take('--images')?.split(',') ?? []]
const own = process.env.CI === 'true' || args.includes('--docker')
const folder = own && process.env.TGGRID_TEST_ENGINE === undefined ? mkdtempSync(join(tmpdir(), 'tgg-')) : undefined

/** What runs while the images are built, and after that, what needs browsers, containers, and several hosts. */
const parts = {
  quick: ['dist/test/{unit,integration,fuzz}/**/*.test.js'],
  browsers: ['dist/test/e2e/!(hosts*).test.js', 'dist/test/e2e/*/*.test.js'],
  docker: ['dist/test/docker/*.test.js'],
  hosts: ['dist/test/e2e/hosts*.test.js']
}

let code = 1
/** By a signal. */
let told = false
try {
  code = folder === undefined ? await runTap(tapArgs(), process.env.TGGRID_TEST_ENGINE ?? await engineAtHand()) : await prepareAndRun(folder)
} catch (error) {
  if (!(error instanceof Problem)) throw error
  if (error.output !== '') console.error(error.output)
  console.error(`test: ${error.message}`)
} finally {
  if (folder !== undefined) await stopEngine(folder)
}
process.exitCode = code

/** An option's value, which is then none of tap's arguments. */
function take (option) {
  const at = args.indexOf(option)
  return at < 0 ? undefined : args.splice(at, 2)[1]
}

/** What is left of our arguments. */
function tapArgs () {
  return args.filter(arg => arg !== '--docker')
}

async function prepareAndRun (folder) {
  if (tapArgs().some(arg => !arg.startsWith('-'))) return await runTap(tapArgs(), await prepare(folder))
  const quick = runPart('quick')
  const engine = await prepare(folder).catch(async error => { await quick; throw error })
  const first = [await quick, await runPart('browsers', engine)]
  // These two wait for half of their time. Those with browsers do not: beside others, on 2 cores, what is late is thrown away, and missed.
  const last = await Promise.all([runPart('docker', engine), runPart('hosts', engine, true)])
  return Math.max(...first, ...last)
}

/**
 * Nothing begins any more once we have been told to end.
 * @param {boolean} later whether what it says is to be printed when it has ended, since another part speaks meanwhile
 * @returns {Promise<number>} its exit code
 */
async function runPart (name, engine, later = false) {
  if (told) return 1
  return await runTap([...tapArgs().map(arg => arg.startsWith('--output-file=') ? `${arg}.${name}` : arg), ...parts[name]], engine, later)
}

async function prepare (folder) {
  const address = await startEngine(folder)
  await makeBase(address)
  await buildImages(address, images)
  return address
}

/** One that runs on this machine anyway, when the images can be built there. */
async function engineAtHand () {
  const address = process.env.DOCKER_HOST ?? (existsSync(usual) ? `unix://${usual}` : undefined)
  if (address === undefined) return undefined
  try {
    await buildImages(address, images)
    return address
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    console.error(`test: the tests with containers are skipped: ${error.message}`)
    return undefined
  }
}

/**
 * tap makes itself anew when its plugins change, as in a fresh clone, and would use the old ones in that run: they load TypeScript, and
 * resolve modules in a way of their own.
 */
async function runTap (args, engine, later = false) {
  const made = readFileSync(join(root, 'node_modules', '@tapjs', 'test', 'test-built', 'dist', 'esm', 'index.js'), 'utf8')
  if (/@tapjs\/(mock|typescript)/.test(made)) await tap(['build'], {})
  return await tap(['run', '--disable-coverage', ...args], engine === undefined ? {} : { TGGRID_TEST_ENGINE: engine }, later)
}

/** @returns {Promise<number>} its exit code; a signal to us ends it too, and what we have prepared is removed all the same */
function tap (args, environment, later = false) {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs'), ...args], { cwd: root, env: { ...process.env, ...environment }, stdio: later ? ['ignore', 'pipe', 'pipe'] : 'inherit' })
    const said = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => said.push(chunk))
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { told = true; child.kill(signal) })
    child.once('error', () => resolve(1)).once('close', code => { process.stdout.write(Buffer.concat(said)); resolve(code ?? 1) })
  })
}
