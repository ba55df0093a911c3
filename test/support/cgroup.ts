/** A cgroup of a test's own, which limits the memory of all containers below it together: to them it is what the host has. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { newName } from './engine.js'

const root = '/sys/fs/cgroup'

/** Removed when the test is over. @param bytes of memory @returns its name, as `--cgroup-parent` of dockerd has it */
export function limitedCgroup (t: Pick<Test, 'teardown'>, bytes: number): string {
  const name = `/tggrid-${newName()}`
  const first = existsSync(`${root}/memory`)
  const folder = first ? `${root}/memory${name}` : `${root}${name}`
  mkdirSync(folder)
  // The engine makes it for its other limits too, where each has a hierarchy of its own (version 1).
  t.teardown(() => [root, ...readdirSync(root).map(name => `${root}/${name}`)].map(root => root + name).filter(existsSync).forEach(removeGroup))
  if (first) {
    writeFileSync(`${folder}/memory.limit_in_bytes`, String(bytes))
  } else {
    writeFileSync(`${folder}/memory.max`, String(bytes))
    writeFileSync(`${folder}/memory.swap.max`, '0')
  }
  return name
}

/** Those below it first. */
function removeGroup (folder: string): void {
  for (const below of readdirSync(folder, { withFileTypes: true })) if (below.isDirectory()) removeGroup(`${folder}/${below.name}`)
  rmdirSync(folder)
}
