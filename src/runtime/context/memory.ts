/** How much memory this process and all that descend from it take, by /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs'
import { statOf } from '../processes.js'

/** Pages of memory are 4 KiB on all machines that Chrome runs on but some of arm64. */
const pageSize = 4096

/** What is theirs alone, in MB: pages that they share with each other, such as the program's own, are not counted. */
export function memoryOfFamily (): number {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? Number(statOf(Number(name))?.[1]) : NaN
    if (parent > 0) children.set(parent, [...children.get(parent) ?? [], Number(name)])
  }
  const family = [process.pid]
  for (const pid of family) family.push(...children.get(pid) ?? [])
  return Math.round(family.reduce((sum, pid) => sum + ownPages(pid), 0) * pageSize / 2 ** 20)
}

/** Zero for a process that has gone meanwhile. */
function ownPages (pid: number): number {
  try {
    const [, resident = '0', shared = '0'] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
    return Number(resident) - Number(shared)
  } catch {
    return 0
  }
}
