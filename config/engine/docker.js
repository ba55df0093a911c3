/** Docker's command line, against one engine. */
import { Problem, run } from '../setup/steps.js'

/** @returns {Promise<{code: number | null, output: string}>} */
export function docker (address, ...args) {
  // The classic builder: the engine of Debian 12 comes without BuildKit's client.
  return run('docker', args, { DOCKER_HOST: address, DOCKER_BUILDKIT: '0', DOCKER_CONTEXT: '' })
}

/** @returns {Promise<string>} what it printed; @throws {Problem} */
export async function mustDocker (address, ...args) {
  const { code, output } = await docker(address, ...args)
  if (code !== 0) throw new Problem(`docker ${args[0]} failed, as above`, output)
  return output.trim()
}
