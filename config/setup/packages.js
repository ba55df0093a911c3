/** The npm packages, exactly as package-lock.json says. */
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOffline, Problem, root, run, step } from './steps.js'

/** @param {'start' | 'all'} extent without or with what only development needs */
export async function installPackages (extent) {
  if (isInstalled(extent)) return
  await step(`installing npm packages${extent === 'start' ? ' (without those that only tests need)' : ''}`, async () => {
    const npm = process.env.npm_execpath
    const args = ['ci', extent === 'start' ? '--omit=dev' : '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const { code, output } = npm === undefined ? await run('npm', args) : await run(process.execPath, [npm, ...args])
    if (code === 0) return
    throw isOffline(output)
      ? new Problem('the npm packages could not be fetched: the registry cannot be reached; connect this machine to the network and try again', output)
      : new Problem('npm ci failed, as above', output)
  })
}

/**
 * npm writes what it has installed to node_modules/.package-lock.json, as its last act. Compared with what is wanted, it tells
 * an unfinished installation, one of another lock file, and one without the development packages, whoever made it.
 */
function isInstalled (extent) {
  // A link leads to the packages of another working copy, which are that one's business.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink() === true) return true
  try {
    const wanted = Object.entries(packagesOf('package-lock.json'))
    const present = packagesOf('node_modules/.package-lock.json')
    return wanted.every(([path, { version, dev, devOptional, optional }]) => {
      if (path === '' || (extent === 'start' && (dev || devOptional))) return true
      const installed = present[path]
      return installed === undefined ? optional === true : installed.version === version
    })
  } catch {
    return false
  }
}

const packagesOf = file => JSON.parse(readFileSync(join(root, file), 'utf8')).packages
