/** TypeScript to JavaScript, only when a source has changed; and what has no source any more is removed. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem, root, run, step } from './steps.js'

const folders = { start: ['src'], all: ['src', 'bench', 'test'] }
const projects = { start: 'config/tsconfig.start.json', all: 'tsconfig.json' }
const stampFile = join(root, 'dist', '.built')
const main = join(root, 'dist', 'src', 'main.js')

/** @param {'start' | 'all'} extent the program, or the tests and benches too */
export async function build (extent) {
  const stamp = readStamp()
  const now = { start: fingerprint('start'), all: fingerprint('all') }
  const complete = removeStale(folders[extent])
  if (complete && stamp[extent] === now[extent]) return
  // The compiler trusts its own notes, and would not write a file again that somebody removed.
  if (!complete) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true })
  await step('building', async () => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { code, output } = await run(process.execPath, [compiler, '-p', projects[extent]])
    if (code !== 0) throw new Problem('the sources do not compile, as above', output)
  })
  chmodSync(main, 0o755)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(stampFile, JSON.stringify(extent === 'all' ? now : { start: now.start }))
}

function readStamp () {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'))
  } catch {
    return {}
  }
}

// Names, times and sizes: a source that is removed, or older than before, counts as a change too.
function fingerprint (extent) {
  const hash = createHash('sha256')
  const files = [...folders[extent].flatMap(sources), 'tsconfig.json', projects[extent], 'package-lock.json']
  for (const file of files) {
    const { mtimeMs, size } = statSync(join(root, file))
    hash.update(`${file} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex')
}

/** @returns {boolean} whether every source has its output */
function removeStale (sourceFolders) {
  const outputs = new Set(sourceFolders.flatMap(sources).map(file => file.replace(/\.ts$/, '.js')))
  for (const folder of sourceFolders) {
    for (const file of filesIn(join('dist', folder), /\.js$/)) {
      const source = file.slice('dist/'.length)
      if (!outputs.has(source)) for (const end of ['', '.map']) rmSync(join(root, file + end), { force: true })
    }
  }
  return [...outputs].every(file => existsSync(join(root, 'dist', file)))
}

const sources = folder => filesIn(folder, /(?<!\.d)\.ts$/)

function filesIn (folder, pattern) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true }).map(name => join(folder, name)).filter(file => pattern.test(file)).sort()
}
