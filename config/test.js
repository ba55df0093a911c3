/**
 * Runs the tests, those with containers against a Docker engine where there is one: node config/test.js [--docker] [tap's arguments]
 * On CI and with --docker it prepares an engine of its own, with images from the project's Dockerfile, and removes it afterwards.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBase } from './engine/base.js'
import { buildImages } from './engine/images.js'
import { startEngine } from './engine/start.js'
import { stopEngine } from './engine/stop.js'
import { Problem, root } from './setup/steps.js'

const usual = '/var/run/docker.sock'
const images = ['chrome']

const args = process.argv.slice(2)
const own = process.env.CI === 'true' || args.includes('--docker')
const folder = own && process.env.TGGRID_TEST_ENGINE === undefined ? mkdtempSync(join(tmpdir(), 'tgg-')) : undefined

let code = 1
try {
  const engine = process.env.TGGRID_TEST_ENGINE ?? (folder === undefined ? await engineAtHand() : await prepare(folder))
  code = await tap(args.filter(arg => arg !== '--docker'), engine)
} catch (error) {
  if (!(error instanceof Problem)) throw error
  if (error.output !== '') console.error(error.output)
  console.error(`test: ${error.message}`)
} finally {
  if (folder !== undefined) await stopEngine(folder)
}
process.exitCode = code

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

/** @returns {Promise<number>} tap's exit code; a signal to us ends it too, and what we have prepared is removed all the same */
function tap (args, engine) {
  return new Promise(resolve => {
    const environment = { ...process.env, ...engine === undefined ? {} : { TGGRID_TEST_ENGINE: engine } }
    const child = spawn(process.execPath, [join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs'), '--disable-coverage', ...args], { cwd: root, env: environment, stdio: 'inherit' })
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
    child.once('error', () => resolve(1)).once('close', code => resolve(code ?? 1))
  })
}
