/** Whether Chrome's sandbox can be had: not as root, and with user namespaces or Chrome's setuid helper. */
import { execFile } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Why there is no sandbox, and what would change that; null where there is one. */
export async function sandboxObstacle (binaries: readonly string[]): Promise<{ readonly why: string, readonly remedy: string } | null> {
  if (process.getuid?.() === 0) return { why: 'root cannot have it', remedy: 'run the grid as another user' }
  if (binaries.some(hasHelper) || await canUnshare()) return null
  return {
    why: 'user namespaces are forbidden here',
    remedy: 'allow them (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), or install chromium-sandbox'
  }
}

// chromium-sandbox puts this beside the program; it works through its setuid bit.
function hasHelper (binary: string): boolean {
  return [dirname(realpathSync(binary)), '/usr/lib/chromium', '/opt/google/chrome'].some(folder => {
    const stats = statSync(join(folder, 'chrome-sandbox'), { throwIfNoEntry: false })
    return stats !== undefined && (stats.mode & 0o4000) !== 0
  })
}

// Asked of the kernel, since a container's seccomp profile forbids what /proc/sys seems to allow.
function canUnshare (): Promise<boolean> {
  return new Promise(resolve => execFile('unshare', ['--user', 'true'], error => resolve(error === null)))
}
