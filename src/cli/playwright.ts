/** `tggrid playwright`: lists, adds and removes versions of Playwright that the grid serves. */
import { spawn } from 'node:child_process'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addedTo, installedPlaywrights, type InstalledPlaywright } from '../config/playwright.js'
import { Failure } from './failure.js'

/** Prints what there is, the newest first. */
export function listPlaywrights (folder: string): void {
  for (const { full, bundled, folder: at } of installedPlaywrights(folder)) console.log(`${full.padEnd(10)}${bundled ? 'comes with tggrid' : at}`)
}

/** @param wanted such as `1.58` @throws Failure */
export async function addPlaywright (folder: string, wanted: string): Promise<InstalledPlaywright> {
  const version = minorOf(wanted)
  const there = installedPlaywrights(folder).find(one => one.version === version)
  if (there !== undefined) return there
  const place = addedTo(folder, version)
  const unfinished = `${place}.${process.pid}.new`
  await mkdir(unfinished, { recursive: true })
  try {
    await writeFile(join(unfinished, 'package.json'), '{ "private": true }\n')
    await npmInstall(unfinished, `playwright-core@~${version}.0`)
    await rm(place, { recursive: true, force: true })
    await rename(unfinished, place)
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
  const added = installedPlaywrights(folder).find(one => one.version === version)
  if (added === undefined) throw new Failure(`Playwright ${version} was fetched, and is not in ${place}`)
  return added
}

/** @throws Failure when it is not there, or comes with tggrid */
export async function removePlaywright (folder: string, wanted: string): Promise<void> {
  const version = minorOf(wanted)
  const installed = installedPlaywrights(folder)
  const one = installed.find(one => one.version === version)
  if (one === undefined) throw new Failure(`Playwright ${version} is not there; there are ${installed.map(({ version }) => version).join(', ')}`)
  if (one.bundled) throw new Failure(`Playwright ${version} comes with tggrid and cannot be removed`)
  await rm(addedTo(folder, version), { recursive: true })
}

function minorOf (wanted: string): string {
  const minor = /^v?(\d+\.\d+)(\.\d+)?$/.exec(wanted)?.[1]
  if (minor === undefined) throw new Failure(`${JSON.stringify(wanted)} is no version of Playwright; one is 1.58`)
  return minor
}

/** Scripts of the package are left out: they would fetch browsers. */
function npmInstall (folder: string, wanted: string): Promise<void> {
  const args = ['install', wanted, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  return new Promise((resolve, reject) => {
    let said = ''
    const child = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
    child.once('error', () => reject(new Failure('npm is not on the PATH; it comes with Node')))
    child.once('close', code => code === 0 ? resolve() : reject(new Failure(`npm cannot install ${wanted}: ${said.trim().split('\n').slice(-3).join(' ')}`)))
  })
}
