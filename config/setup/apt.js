/** Packages of Debian and Ubuntu, where we are root. */
import { existsSync, readFileSync } from 'node:fs'
import { isOffline, Problem, run, step } from './steps.js'

/** @returns {{family: 'debian' | 'ubuntu' | 'other', isRoot: boolean}} */
export function system () {
  const isRoot = process.getuid?.() === 0
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/etc/os-release')) return { family: 'other', isRoot }
  const release = readFileSync('/etc/os-release', 'utf8')
  const names = `${/^ID=(.*)$/m.exec(release)?.[1]} ${/^ID_LIKE=(.*)$/m.exec(release)?.[1]}`
  const family = /\bubuntu\b/.test(names) ? 'ubuntu' : /\bdebian\b/.test(names) ? 'debian' : 'other'
  return { family, isRoot }
}

/** @param {string[]} packages none is no work */
export async function aptInstall (packages) {
  if (packages.length === 0) return
  await step(`installing ${packages.join(', ')} with apt-get`, async () => {
    await aptGet('update')
    await aptGet('install', '--yes', '--no-install-recommends', ...packages)
  })
}

async function aptGet (...args) {
  const { code, output } = await run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'APT::Update::Error-Mode=any', ...args], {
    DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8'
  })
  if (code === 0) return
  throw isOffline(output)
    ? new Problem('Debian\'s packages could not be fetched: their server cannot be reached; connect this machine to the network and try again', output)
    : new Problem(`apt-get ${args.join(' ')} failed, as above`, output)
}
