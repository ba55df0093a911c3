/** Builds targets of the Dockerfile, and labels each browser's image with the version that is in it. */
import { step } from '../setup/steps.js'
import { mustDocker } from './docker.js'

/** Says which version of the browser an image holds; made by the Dockerfile. */
const versionFile = '/opt/tggrid/browser-version'

/** @param {string[]} targets none is the browser that everybody needs */
export async function buildImages (address, targets) {
  for (const target of targets.length > 0 ? targets : ['chrome']) {
    await step(`building the image tggrid/${target}`, async () => await buildImage(address, target))
  }
}

async function buildImage (address, target) {
  const args = ['build', '--network=host', '--target', target, '--tag', `tggrid/${target}`]
  await mustDocker(address, ...args, '.')
  const base = /tggrid\.browser=(\S+)/.exec(await mustDocker(address, 'image', 'inspect', '--format', '{{range $name, $value := .Config.Labels}}{{$name}}={{$value}} {{end}}', `tggrid/${target}`))
  if (base === null) return
  // Known only once the packages are there, when a Dockerfile can no longer make a label of it. Everything else comes from the cache.
  const version = await mustDocker(address, 'run', '--rm', '--network=none', '--entrypoint', 'cat', `tggrid/${target}`, versionFile)
  await mustDocker(address, ...args, '--label', `tggrid.version=${version}`, '.')
}
