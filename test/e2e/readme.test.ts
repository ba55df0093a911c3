/** The documents keep their word: their scripts run, their paths and packages are there. The endpoints: readme-endpoints.test.ts. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { atGrid, blocksIn } from '../support/documents.js'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { pythonMissing, pythonPlaywrightMissing, runPython } from '../support/python.js'
import { until } from '../support/until.js'

const run = promisify(execFile)
const readme = readFileSync('README.md', 'utf8')
const contributing = readFileSync('CONTRIBUTING.md', 'utf8')
const { scripts, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<'scripts' | 'dependencies' | 'devDependencies', Record<string, string>>

/** Of Playwright, as tggrid brings it. */
const served = dependencies['playwright-core']?.replace('^', '').split('.', 2).join('.') ?? ''

t.test('the README\'s scripts work as they stand, but for the ports', async t => {
  const grid = await startGrid(t, { 'pool.size': 3 })
  const folder = `dist/readme-${process.pid}` // within the project, so that its packages are found
  mkdirSync(folder)
  t.teardown(() => rmSync(folder, { recursive: true }))
  const here = (script: string): string => atGrid(script, grid)
  const ended = (): Promise<unknown> => until('its session has ended', async () => await leasedOf(grid.hub) === 0)

  const [launching = '', ...more] = blocksIn(readme, 'js').filter(script => script.includes('.launch('))
  t.equal(more.length, 0)
  writeFileSync(`${folder}/hello.mjs`, launching)
  const connecting = blocksIn(readme, 'js').filter(script => script !== launching)
  t.equal(connecting.length, 9)
  for (const [i, script] of connecting.entries()) {
    await t.test(`JavaScript: ${/import .* from '(?!node:)(.*)'/.exec(script)?.[1]}, ${/connect\w*\(.*|Builder|remote|new WebSocket/.exec(script)?.[0]}`, async t => {
      writeFileSync(`${folder}/${i}.mjs`, here(script))
      const { stdout } = await run(process.execPath, [`${folder}/${i}.mjs`], { timeout: 60_000 })
      t.match(stdout, /^Hello$/m)
      await ended()
    })
  }

  const python = { selenium: pythonMissing(), playwright: pythonPlaywrightMissing(served) }
  t.equal(blocksIn(readme, 'python').length, 2)
  for (const script of blocksIn(readme, 'python')) {
    const client = script.includes('selenium') ? 'selenium' : 'playwright'
    await t.test(`Python: ${client}`, { skip: python[client] }, async t => {
      t.equal((await runPython(here(script))).trim(), 'Hello')
      await ended()
    })
  }

  await t.test('shell', async t => {
    for (const block of blocksIn(readme, 'sh')) {
      await shell(t, block, { folder, here })
      await ended()
    }
  })
})

interface Shell {
  readonly folder: string
  readonly here: (script: string) => string
}

/** Of what installs or fetches only the names are checked. */
async function shell (t: Test, block: string, { folder, here }: Shell): Promise<void> {
  const lines = block.trim().split('\n')
  if (block.startsWith('npm ')) {
    t.same(lines.map(line => line.slice(4)).filter(name => scripts[name] === undefined), [], 'npm scripts are there')
  } else if (block.startsWith('node dist/')) {
    for (const line of lines) t.match((await run('sh', ['-c', `${line} --help`])).stdout, /^Usage: tggrid playwright (add|list)/, line)
  } else {
    const { stdout } = await run('sh', ['-ec', here(block)], { cwd: folder, timeout: 60_000 })
    t.match(stdout, /Hello|"ready":true[^]*"poolSize"[^]*# TYPE[^]*"warmed":2/, block)
  }
}

t.test('the README\'s links to its own headings lead there', async t => {
  const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'))
  const links = [...readme.matchAll(/\]\(#([^)]*)\)/g)].map(([, link = '']) => link)
  t.ok(links.length > 8)
  t.same(links.filter(link => !headings.includes(link)), [])
})

t.test('the README names the Playwright that tggrid brings', async t => {
  t.match(readme, `tggrid brings ${served};`)
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
