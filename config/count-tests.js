/**
 * Counts the tests of a run from what tap wrote with --output-file: node config/count-tests.js STATUS FILE…
 * A test is a subtest without subtests of its own. A file that crashed, a plan that was not kept, and a run that ended before
 * anything was written count as failed, though no test of theirs did. The last line is "N passed, N failed[, N skipped]".
 */
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Parser } from 'tap-parser'

/**
 * @param {string[]} texts in the Test Anything Protocol, one of each part of the run
 * @param {number} status the exit status of the run
 */
export function countTests (texts, status) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
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
  const seen = { tests: 0, failed: 0 }
  let subtest = null
  parser.on('child', child => { subtest = follow(child, counts) })
  parser.on('assert', ({ ok, skip, todo }) => {
    const inner = subtest
    subtest = null
    const kind = skip || todo ? 'skipped' : ok ? 'passed' : 'failed'
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

/** The line that ends the run. */
export function summary ({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [status, ...files] = process.argv.slice(2)
  const counts = countTests(files.map(file => existsSync(file) ? readFileSync(file, 'utf8') : ''), Number(status))
  console.log(summary(counts))
  process.exitCode = counts.failed > 0 ? 1 : 0
}
