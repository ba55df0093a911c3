/** The steps, what waits for what, and how a failure is told. */
import { aptInstall } from './apt.js'
import { build } from './build.js'
import { browserPackages } from './browser.js'
import { networkPackages } from './network.js'
import { installPackages } from './packages.js'
import { installPythonClient, pythonPackages } from './python.js'
import { Problem } from './steps.js'

const modes = {
  // Without the packages that only tests need: the first start is what people wait for.
  start: async () => {
    const packages = browserPackages()
    await Promise.all([installPackages('start').then(async () => await build('start')), aptInstall(packages)])
  },
  // What it checks needs no browser.
  check: async () => {
    await installPackages('all')
    await build('all')
  },
  test: async () => {
    const packages = [...browserPackages(), ...pythonPackages(), ...networkPackages()]
    await Promise.all([installPackages('all').then(async () => await build('all')), aptInstall(packages)])
    await installPythonClient()
  },
  build: async () => await build('all')
}

/**
 * @param {string} mode what the machine is made ready for
 * @returns {Promise<number>} the exit code
 */
export async function main (mode) {
  if (!Object.hasOwn(modes, mode)) {
    console.error(`set-up: there is no mode ${mode}; there are ${Object.keys(modes).join(', ')}`)
    return 2
  }
  try {
    await modes[mode]()
    return 0
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.output !== '') console.error(error.output)
    console.error(`set-up: ${error.message}`)
    return 1
  }
}
