/** `npm run fuzz`: the differential test without an end. Stops at the first faults, or with Ctrl-C. */
import { describeKinds, firstSeed, fuzzAnswers, fuzzRequests, newTally } from './run.js'

const batch = 50_000
const tally = newTally()
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

let seed = firstSeed()
console.log(`TGGRID_FUZZ_SEED=${seed}`)
const begin = performance.now()
while (!stop.signal.aborted && tally.faults.length === 0) {
  await fuzzRequests(tally, seed, seed + batch)
  fuzzAnswers(tally, seed, seed + batch / 5)
  seed += batch
  await new Promise(resolve => setImmediate(resolve)) // for Ctrl-C
  console.log(`${tally.cases} cases, ${Math.round(tally.cases / (performance.now() - begin) * 1000)} per second, up to seed ${seed - 1}, ${tally.faults.length} faults`)
}
console.log(describeKinds(tally))
tally.faults.forEach(fault => console.error(fault))
process.exitCode = tally.faults.length === 0 ? 0 : 1
