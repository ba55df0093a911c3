/** The steps, what waits for what, and how a failure is told. */
import { aptInstall } from './apt.js'
import { build } from './build.js'
import { browserPackages } from './browser.js'
import { installPackages } from './packages.js'
import { installPythonClient, pythonPackages } from './python.js'
import { Problem } from './steps.js'

const modes = {
  // Without the packages that only tests need: the first start is what people wait for.
  start: async () => {
    await Promise.all([installPackages('start'), aptInstall(browserPackages())])
    await build('start')
  },
  // What it checks needs no browser.
  check: async () => {
    await installPackages('all')
    await build('all')
  },
  test: async () => {
    const python = pythonPackages()
    await Promise.all([installPackages('all'), aptInstall([...browserPackages(), ...python])])
    await Promise.all([installPythonClient(), build('all')])
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
