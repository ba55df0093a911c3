/** Ends a private engine and removes all that it made. What is not there is no error: a second stop does nothing. */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem, run, step } from '../setup/steps.js'
import { docker } from './docker.js'
import { bridgesBeside, restoreNetwork } from './network.js'
import { placesOf } from './places.js'
import { endPolitely, endStragglers, isRunning, killListed, siblings } from './processes.js'

/** How long dockerd may take to end, in milliseconds. */
const patience = 20_000

/** @param {string} folder absolute */
export async function stopEngine (folder) {
  const places = placesOf(folder)
  // A folder that holds something else is somebody's, and would be removed.
  if (!existsSync(places.before)) return
  await step('ending the Docker engine', async () => {
    if (isRunning(places.pidFile)) await removeContainers(`unix://${places.socket}`)
    const bridges = await bridgesBeside(places.mark)
    await endPolitely(places.pidFile, patience)
    await endStragglers(folder)
    await removeGroups(places.mark)
    await restoreNetwork(bridges, siblings(places.mark).length > 0 ? undefined : JSON.parse(readFileSync(places.before, 'utf8')))
    await unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })
  if (existsSync(folder)) throw new Problem(`${folder} could not be removed`)
}

// Quicker than waiting for each to end, which dockerd would do; and it takes the networks' rules back.
async function removeContainers (address) {
  const ids = (await docker(address, 'ps', '--all', '--quiet')).output.split('\n').filter(id => /^[\da-f]+$/.test(id))
  if (ids.length > 0) await docker(address, 'rm', '--force', '--volumes', ...ids)
  const networks = (await docker(address, 'network', 'ls', '--quiet', '--filter', 'type=custom')).output.split('\n').filter(id => /^[\da-f]+$/.test(id))
  if (networks.length > 0) await docker(address, 'network', 'rm', ...networks)
}

/** The control groups of the containers, with what is still in them: one hierarchy (version 2) or one for each controller (1). */
async function removeGroups (mark) {
  const top = '/sys/fs/cgroup'
  const roots = [top, ...existsSync(top) ? readdirSync(top).map(name => join(top, name)) : []]
  const groups = roots.map(root => join(root, mark)).filter(group => existsSync(group)).flatMap(withBelow)
  for (let round = 0; round < 20; round++) {
    const left = groups.filter(group => existsSync(group))
    if (left.length === 0) return
    left.forEach(removeGroup)
    await sleep(50)
  }
}

function removeGroup (group) {
  try {
    killListed(readFileSync(join(group, 'cgroup.procs'), 'latin1'))
    rmdirSync(group)
  } catch {} // its processes are still ending: the next round
}

// Deepest first: a group with groups in it cannot be removed.
function withBelow (group) {
  return [...readdirSync(group, { withFileTypes: true }).filter(entry => entry.isDirectory()).flatMap(entry => withBelow(join(group, entry.name))), group]
}

async function unmountBelow (folder) {
  const points = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(line => line.split(' ')[4] ?? '')
  for (const point of points.filter(point => point.startsWith(`${folder}/`)).reverse()) await run('umount', ['--lazy', point])
}
