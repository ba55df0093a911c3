/** What the tests need that pull cables between hosts: `ip`. Without it they are skipped, and everything else works. */
import { spawnSync } from 'node:child_process'
import { system } from './apt.js'

/** What apt-get has to install for them; nothing where that cannot be done. */
export function networkPackages () {
  const { family, isRoot } = system()
  if (family === 'other' || !isRoot || spawnSync('ip', ['-V'], { stdio: 'ignore' }).status === 0) return []
  return ['iproute2']
}
