/** A browser with its driver. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { system } from './apt.js'
import { Problem, root } from './steps.js'

/** Playwright's sessions use it, as its own do: a launch costs a sixth of Chromium's. The first is Debian's package too. */
const shells = ['chromium-headless-shell', 'chrome-headless-shell']
const browsers = ['google-chrome-stable', 'google-chrome', 'chrome', 'chromium', 'chromium-browser']

/**
 * What apt-get has to install so that there is one.
 * @throws {Problem} that says what to install, where we cannot do it
 */
export function browserPackages () {
  // Somebody who lists the browsers knows where they are.
  if (process.env.TGGRID_BROWSERS || existsSync(join(root, 'config', 'browsers.json'))) return []
  const lacking = [...find(browsers) ? [] : ['browser'], ...find(['chromedriver']) ? [] : ['driver']]
  const { family, isRoot } = system()
  if (lacking.length === 0) return family === 'debian' && isRoot && find(['chromium']) && !find(shells) ? shells.slice(0, 1) : []
  const what = lacking.length === 2 ? 'Chromium and its driver are' : lacking[0] === 'browser' ? 'Chromium is' : 'Chrome\'s driver (chromedriver) is'
  if (family === 'debian') {
    if (isRoot) return ['chromium', 'chromium-driver', 'chromium-sandbox', ...find(shells) ? [] : shells.slice(0, 1), 'fonts-liberation']
    throw new Problem(`${what} missing: sudo apt-get install chromium chromium-driver`)
  }
  if (family === 'ubuntu') return ubuntu(what, isRoot)
  throw new Problem(`${what} missing: install Google Chrome or Chromium, and a chromedriver of the same major version, on the PATH`)
}

// Ubuntu's packages only fetch a snap, which a container or a machine without snapd cannot run.
function ubuntu (what, isRoot) {
  if (existsSync('/run/snapd.socket')) {
    if (isRoot) return ['chromium-browser', 'chromium-chromedriver']
    throw new Problem(`${what} missing: sudo apt-get install chromium-browser chromium-chromedriver`)
  }
  throw new Problem(`${what} missing, and Ubuntu has them only as a snap, for which there is no snapd here: install Google Chrome ` +
    '(https://www.google.com/chrome) and the chromedriver of its version (https://googlechromelabs.github.io/chrome-for-testing)')
}

function find (names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/snap/bin', '/opt/google/chrome', '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/homebrew/bin']
  const applications = ['Google Chrome', 'Chromium'].map(name => `/Applications/${name}.app/Contents/MacOS/${name}`)
  const files = folders.filter(folder => folder !== '').flatMap(folder => names.map(name => join(folder, name)))
  return [...files, ...names === browsers ? applications : []].some(isProgram)
}

function isProgram (file) {
  try {
    accessSync(file, constants.X_OK)
    const stats = statSync(file)
    // Ubuntu's placeholder is a small script that asks to install the snap.
    return stats.isFile() && (stats.size > 10_000 || !/snap install|chromium snap/.test(readFileSync(file, 'utf8')))
  } catch {
    return false
  }
}
