/**
 * Removes every container and network of an agent, after that agent was told to end at once.
 *   node remove-containers.js <engine> <agent's 8 hex digits>
 */
import { agentLabel } from './container-options.js'
import { connectEngine } from './engine.js'

const [address = '', agent = ''] = process.argv.slice(2)
const { docker } = await connectEngine(address)
const filters = { label: [`${agentLabel}=${agent}`] }
// Twice: one may have been made in the meantime.
for (let round = 0; round < 2; round++) {
  const containers = await docker.listContainers({ all: true, filters })
  await Promise.all(containers.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(() => {})))
  await new Promise(resolve => setTimeout(resolve, 300))
}
const networks = await docker.listNetworks({ filters })
await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove().catch(() => {})))
