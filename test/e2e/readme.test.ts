/** The documents keep their word: their scripts run, their paths and packages are there. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { pythonMissing, runPython } from '../support/python.js'

const run = promisify(execFile)
const readme = readFileSync('README.md', 'utf8')
const contributing = readFileSync('CONTRIBUTING.md', 'utf8')
const { scripts, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'scripts' | 'dependencies' | 'devDependencies', Record<string, string>>

/** The document's blocks of this language. */
function blocks (language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text = '']) => text)
}

t.test('the README\'s scripts work as they stand, but for the ports', async t => {
  const grid = await startGrid(t, { 'pool.size': 3 })
  const here = (script: string): string => script
    .replaceAll('http://127.0.0.1:4444', grid.hub)
    .replaceAll('http://127.0.0.1:3000', grid.api)
    .replaceAll('port: 4444', `port: ${new URL(grid.hub).port}`)
  const folder = `dist/readme-${process.pid}` // within the project, so that its packages are found
  mkdirSync(folder)
  t.teardown(() => rmSync(folder, { recursive: true }))

  t.equal(blocks('js').length, 3)
  for (const [i, script] of blocks('js').entries()) {
    await t.test(`JavaScript: ${/from '(.*)'/.exec(script)?.[1]}`, async t => {
      writeFileSync(`${folder}/${i}.mjs`, here(script))
      const { stdout } = await run(process.execPath, [`${folder}/${i}.mjs`], { timeout: 60_000 })
      t.match(stdout, /^Hello$/m)
      t.equal(await leasedOf(grid.hub), 0, 'and its session has ended')
    })
  }

  t.equal(blocks('python').length, 1)
  await t.test('Python', { skip: pythonMissing() }, async t => {
    t.equal((await runPython(here(blocks('python')[0] ?? ''))).trim(), 'Hello')
    t.equal(await leasedOf(grid.hub), 0, 'and its session has ended')
  })

  await t.test('shell', async t => {
    const lines = blocks('sh').join('').trim().split('\n')
    const npm = lines.filter(line => line.startsWith('npm '))
    t.same(npm.map(line => line.slice(4)).filter(name => scripts[name] === undefined), [], 'npm scripts are there')
    for (const line of lines.filter(line => !line.startsWith('npm '))) {
      const { stdout } = await run('sh', ['-c', here(line)], { timeout: 20_000 })
      t.match(stdout, /ready|pool/i, line)
    }
  })
})

t.test('paths that the documents name are there', async t => {
  for (const text of [readme, contributing]) {
    const named = [...text.matchAll(/`((?:src|test|config|docs|bench)\/[\w./-]*)`|\]\(([\w./-]+)\)/g)].map(([, path, link]) => path ?? link ?? '')
    t.ok(named.length > 2)
    t.same(named.filter(path => !existsSync(path)), [])
  }
})

t.test('commands that CONTRIBUTING names are there', async t => {
  const named = [...contributing.matchAll(/`npm run ([\w:-]+)`/g)].map(([, name = '']) => name)
  t.ok(named.length > 2)
  t.same(named.filter(name => scripts[name] === undefined), [])
})

t.test('every dependency has its reason in CONTRIBUTING', async t => {
  const table = contributing.slice(contributing.indexOf('## Why each dependency'))
  t.same([...Object.keys(dependencies), ...Object.keys(devDependencies)].filter(name => !new RegExp(`[| ]${name.replaceAll('/', '\\/')}[, ]`).test(table)), [])
})
