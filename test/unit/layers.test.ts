/** Imports point down the list of layers only, so that each can be understood without those above it. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

/** From the top down; layers of one line do not import each other. */
const layers: readonly (readonly string[])[] = [
  ['main.ts', 'health.ts'], ['assemble.ts'], ['agent-role.ts', 'grid-port.ts'], ['planes.ts'], ['host.ts'], ['log-events.ts'], ['cli'], ['doctor'], ['config'], ['api'], ['edge', 'router', 'agent'], ['runtime', 'link'], ['protocol', 'tuning.ts', 'version.ts', 'waits.ts']
]

const levelOf = (file: string): number => layers.findIndex(names => names.includes(file.split('/', 1)[0] ?? ''))
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

/** What a file imports of ours; types too, unless only what runs counts. */
function importsOf (file: string, runs = false): string[] {
  const text = readFileSync(join('src', file), 'utf8')
  const pattern = runs ? /^import (?!type ).*from '(\.[^']+)'/gm : /from '(\.[^']+)'/g
  return [...text.matchAll(pattern)].map(([, path = '']) => normalize(join(dirname(file), path)).replace(/\.js$/, '.ts'))
}

t.test('every file belongs to a layer', async t => {
  t.ok(files.length > 50)
  t.same(files.filter(file => levelOf(file) < 0), [])
})

t.test('imports point down', async t => {
  const wrong = files.flatMap(file => importsOf(file).filter(target => {
    const same = file.split('/', 1)[0] === target.split('/', 1)[0]
    return !same && levelOf(target) <= levelOf(file)
  }).map(target => `${file} imports ${target}`))
  t.same(wrong, [])
})

t.test('no file runs itself by a detour', async t => {
  const graph = new Map(files.map(file => [file, importsOf(file, true)]))
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' → ')]
    if (done.has(file)) return []
    const found = (graph.get(file) ?? []).flatMap(target => visit(target, [...path, file]))
    done.add(file)
    return found
  }
  t.same(files.flatMap(file => visit(file, [])), [])
})

t.test('each npm package lives in few files', async t => {
  const users = new Map<string, string[]>()
  for (const file of files) {
    for (const [, name = ''] of readFileSync(join('src', file), 'utf8').matchAll(/^import (?!type).*from '([^.'][^']*)'/gm)) {
      if (!name.startsWith('node:')) users.set(name, [...users.get(name) ?? [], file])
    }
  }
  t.ok(users.size > 5)
  t.same([...users].filter(([name, files]) => name !== 'zod' && files.length > 5), [])
})
