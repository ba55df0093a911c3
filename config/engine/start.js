/** Starts a private engine that outlives us. */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { aptInstall, system } from '../setup/apt.js'
import { Problem, step } from '../setup/steps.js'
import { docker } from './docker.js'
import { describeNetwork, makeBridge } from './network.js'
import { placesOf } from './places.js'
import { foreignEngine, isRunning, siblings } from './processes.js'
import { stopEngine } from './stop.js'

/** How long dockerd may take to answer, in milliseconds. */
const patience = 60_000
/** containerd's socket lies 35 characters below the folder, and a socket's path has 107 (unix(7)). */
const longestFolder = 70

const programs = { dockerd: 'docker.io', docker: 'docker.io', iptables: 'iptables', ip: 'iproute2', debootstrap: 'debootstrap' }

/**
 * Goes on with an engine that runs in this folder already.
 * @param {string} folder absolute; made when missing
 * @returns {Promise<string>} the socket's address, `unix:///…`
 */
export async function startEngine (folder) {
  const places = placesOf(folder)
  const address = `unix://${places.socket}`
  if (folder.length > longestFolder) throw new Problem(`${folder} is too long for an engine's folder: sockets below it have room for ${longestFolder} characters`)
  if (isRunning(places.pidFile) && await answers(address)) return address
  await install()
  const foreign = foreignEngine()
  if (foreign !== undefined) throw new Problem(`a Docker engine runs on this machine already (process ${foreign}), and a second one would replace its packet filter rules: use that one`)
  await stopEngine(folder) // what an earlier one left, had it been killed
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  writeFileSync(places.before, await stateBefore(places.mark))
  await step('starting a Docker engine', async () => {
    spawnEngine(places, await makeBridge(places.mark))
    await untilAnswers(address, places)
  })
  return address
}

/** With another private engine at work the machine is not as it was: what that one has found counts. */
async function stateBefore (mark) {
  const [other] = siblings(mark)
  return other === undefined ? JSON.stringify(await describeNetwork()) : readFileSync(placesOf(dirname(other)).before, 'utf8')
}

async function install () {
  const missing = Object.keys(programs).filter(name => !isOnPath(name))
  if (missing.length === 0 && process.getuid?.() === 0) return
  const { family, isRoot } = system()
  if (!isRoot) throw new Problem('a private Docker engine needs root: run this as root, or set DOCKER_HOST to an engine that runs already')
  if (family !== 'debian') throw new Problem(`a private Docker engine needs ${missing.join(', ')}, which are installed by themselves on Debian only: install them, or set DOCKER_HOST to an engine that runs already`)
  await aptInstall([...new Set(missing.map(name => programs[name]))])
}

function isOnPath (name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some(folder => folder !== '' && existsSync(join(folder, name)))
}

function spawnEngine (places, pool) {
  const log = openSync(places.log, 'a')
  const child = spawn('dockerd', [
    '--data-root', places.data, '--exec-root', places.exec, '--pidfile', places.pidFile, '--host', `unix://${places.socket}`,
    '--bridge', places.mark, '--default-address-pool', `base=${pool},size=24`,
    // One control group that we can find again; and cgroupfs, since with systemd it would be a slice of another's.
    '--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${places.mark}`
  ], { cwd: '/', detached: true, stdio: ['ignore', log, log] })
  child.on('error', () => {}) // it will not answer, and the log is quoted then
  child.unref()
  closeSync(log)
}

async function untilAnswers (address, places) {
  const until = performance.now() + patience
  while (performance.now() < until) {
    if (await answers(address)) return
    await sleep(100)
  }
  throw new Problem('the Docker engine does not answer; it said, above', readFileSync(places.log, 'utf8'))
}

async function answers (address) {
  return (await docker(address, 'version', '--format', '{{.Server.Version}}')).code === 0
}
