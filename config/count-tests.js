/**
 * Counts the tests of a run from what tap wrote with --output-file: node config/count-tests.js STATUS FILE…
 * A test is a subtest without subtests of its own. A file that crashed, a plan that was not kept, and a run that ended before
 * anything was written count as failed, though no test of theirs did. What failed is told once more, since a log of a run may have been cut.
 * The last line is "N passed, N failed[, N skipped]".
 */
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Parser } from 'tap-parser'
import { stringify } from 'yaml'

/** Of what is said about one that failed, in lines. */
const longest = 40

/**
 * @param {string[]} texts in the Test Anything Protocol, one of each part of the run
 * @param {number} status the exit status of the run
 */
export function countTests (texts, status) {
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] }
  for (const text of texts) {
    const parser = new Parser()
    follow(parser, counts)
    parser.on('bailout', () => { counts.failed++ })
    parser.end(text)
  }
  // tap writes no plan for the run itself, so an early end shows in the status only.
  if (counts.failed === 0 && (status !== 0 || counts.passed === 0)) counts.failed++
  return counts
}

/** @returns what the parser's last subtest held, to be asked when its own line comes */
function follow (parser, counts) {
  const seen = { tests: 0, failed: 0, told: false }
  let subtest = null
  parser.on('child', child => { subtest = follow(child, counts) })
  parser.on('assert', result => {
    const { ok, skip, todo } = result
    const inner = subtest
    subtest = null
    const kind = skip || todo ? 'skipped' : ok ? 'passed' : 'failed'
    if (kind === 'failed') {
      if (inner?.told !== true) counts.failures.push(inWords(result))
      seen.told = true
    }
    if (inner === null && kind !== 'skipped') return
    if (inner !== null && inner.tests > 0) {
      // Its tests are counted. If it failed and none of them did, the fault is its own.
      seen.tests += inner.tests
      seen.failed += inner.failed
      if (kind !== 'failed' || inner.failed > 0) return
    }
    seen.tests++
    counts[kind]++
    if (kind === 'failed') seen.failed++
  })
  return seen
}

/** @param {import('tap-parser').Result} failure an assertion, or a test of which none failed, with what tap said of it */
function inWords ({ fullname, diag }) {
  const said = diag === null ? [] : stringify(diag).trimEnd().split('\n').slice(0, longest)
  return [`not ok: ${fullname}`, ...said.map(line => `    ${line}`)].join('\n')
}

/** The line that ends the run. */
export function summary ({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [status, ...files] = process.argv.slice(2)
  const counts = countTests(files.map(file => existsSync(file) ? readFileSync(file, 'utf8') : ''), Number(status))
  for (const failure of counts.failures) console.log(failure)
  console.log(summary(counts))
  process.exitCode = counts.failed > 0 ? 1 : 0
}
