/**
 * Selenium's Python client, for the test that drives the grid with it: in a folder of its own, so that nothing of the machine changes.
 * Without it that test is skipped, and everything else works.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { system } from './apt.js'
import { root, run, step } from './steps.js'

/** Belongs into PYTHONPATH. */
export const pythonFolder = join(root, 'node_modules', '.cache', 'tggrid', 'python')

const marker = join(pythonFolder, '.ready')

/** What apt-get has to install for it; nothing where that cannot be done. */
export function pythonPackages () {
  const { family, isRoot } = system()
  if (existsSync(marker) || family === 'other' || !isRoot) return []
  return works('-m', 'pip', '--version') ? [] : ['python3', 'python3-pip']
}

/** Never fails: says why the test will be skipped. */
export async function installPythonClient () {
  if (existsSync(marker)) return
  mkdirSync(pythonFolder, { recursive: true })
  if (!works('-c', 'import selenium')) {
    if (!works('-m', 'pip', '--version')) return skip('python3 with pip is not installed')
    const { code, output } = await step('installing Selenium\'s Python client', async () =>
      await run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', pythonFolder, 'selenium>=4.20,<5']))
    if (code !== 0) return skip(output.trim().split('\n').at(-1))
  }
  writeFileSync(marker, '')
}

const works = (...args) => spawnSync('python3', args, { stdio: 'ignore' }).status === 0

const skip = reason => console.error(`set-up: the test of the Python client will be skipped: ${reason}`)
