import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'

function count (t: Test, text: string, status: number, ...more: readonly string[]): { line: string, code: number | null } {
  const { lines, code } = run(t, text, status, ...more)
  return { line: lines.at(-1) ?? '', code }
}

function run (t: Test, text: string, status: number, ...more: readonly string[]): { lines: string[], code: number | null } {
  const texts = [text, ...more]
  const folder = t.testdir(Object.fromEntries(texts.map((text, i) => [`tap${i}`, text])))
  const { stdout, status: code } = spawnSync(process.execPath, ['config/count-tests.js', String(status), ...texts.map((_, i) => join(folder, `tap${i}`))], { encoding: 'utf8' })
  return { lines: stdout.trimEnd().split('\n'), code }
}

/** As tap's --output-file has it: without a plan of its own. */
const good = `# Subtest: dist/a.test.js
    # Subtest: one
        ok 1 - should be equal
        ok 2 - should be equal
        1..2
    ok 1 - one # time=1ms
    # Subtest: two
        # Subtest: inner
            ok 1 - should be equal
            1..1
        ok 1 - inner
        ok 2 - later # SKIP why
        1..2
    ok 2 - two
    1..2
ok 1 - dist/a.test.js
`

t.test('innermost tests are counted, not files, groups or assertions', async t => {
  t.same(count(t, good, 0), { line: '2 passed, 0 failed, 1 skipped', code: 0 })
})

t.test('a run in two parts is counted as one, and fails with either', async t => {
  t.same(count(t, good, 0, good), { line: '4 passed, 0 failed, 2 skipped', code: 0 })
  t.same(count(t, good.replace(/^ok 1/m, 'not ok 1'), 1, good), { line: '4 passed, 1 failed, 2 skipped', code: 1 })
})

t.test('a test that failed counts once, however deep it is', async t => {
  const text = good.replace('            ok 1', '            not ok 1').replace('ok 1 - inner', 'not ok 1 - inner').replace('    ok 2 - two', '    not ok 2 - two').replace(/^ok 1/m, 'not ok 1')
  t.same(count(t, text, 1), { line: '1 passed, 1 failed, 1 skipped', code: 1 })
})

t.test('what failed is told before the line, with what is known of it and without what only contains it', async t => {
  const text = good
    .replace('        ok 2 - should be equal', '        not ok 2 - should be equal\n          ---\n          diff: |\n            -2\n            +1\n          ...')
    .replace('ok 1 - one', 'not ok 1 - one')
    .replace('ok 1 - inner', 'not ok 1 - inner\n          ---\n          message: timed out\n          ...')
    .replace('    ok 2 - two', '    not ok 2 - two').replace(/^ok 1/m, 'not ok 1')
  t.same(run(t, text, 1).lines, [
    'not ok: dist/a.test.js > one > should be equal',
    '    diff: |',
    '      -2',
    '      +1',
    'not ok: dist/a.test.js > two > inner',
    '    message: timed out',
    '0 passed, 2 failed, 1 skipped'
  ])
})

t.test('a file that crashed after its tests had passed counts as failed', async t => {
  t.same(count(t, good.replace(/^ok 1/m, 'not ok 1'), 1), { line: '2 passed, 1 failed, 1 skipped', code: 1 })
})

t.test('a run that was ended, that failed for another reason, or in which nothing ran, is no success', async t => {
  t.same(count(t, good.slice(0, good.indexOf('ok 2 - two')), 124), { line: '2 passed, 1 failed, 1 skipped', code: 1 })
  t.same(count(t, good, 1), { line: '2 passed, 1 failed, 1 skipped', code: 1 })
  t.same(count(t, '', 0), { line: '0 passed, 1 failed', code: 1 })
  t.same(count(t, good.replace('    1..2\n', '    Bail out! no browser\n'), 1).code, 1)
})
