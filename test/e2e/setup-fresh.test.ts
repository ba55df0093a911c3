import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t from 'tap'

t.test('a fresh copy of the project becomes a program that runs, and the second time there is nothing to do', { timeout: 180_000 }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'tggrid-test-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const made = new Set(['node_modules', 'dist', '.git', '.tap'])
  cpSync(process.cwd(), folder, { recursive: true, filter: source => !made.has(basename(source)) })
  const setup = () => spawnSync(process.execPath, ['config/setup.js', 'start'], { cwd: folder, encoding: 'utf8' })
  const first = setup()
  if (/cannot be reached/.test(first.stderr)) {
    t.pass('set up from nothing', { skip: 'the npm registry cannot be reached' })
    return
  }
  t.equal(first.status, 0, first.stderr)
  t.match(spawnSync(join(folder, 'dist', 'src', 'main.js'), ['--version'], { encoding: 'utf8' }), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ })
  t.notOk(existsSync(join(folder, 'node_modules', 'tap')), 'what only tests need is not installed for a start')
  const second = setup()
  t.match(second, { status: 0, stdout: '', stderr: '' })
})
