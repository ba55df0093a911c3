import t from 'tap'
import { describeKinds, firstSeed, fuzzAnswers, fuzzRequests, newTally } from './run.js'

const seed = firstSeed()

t.test('the edge and Node\'s strict parser agree on 200,000 requests, most of them damaged', { timeout: 600_000 }, async t => {
  const tally = newTally()
  t.comment(`TGGRID_FUZZ_SEED=${seed}`)
  await fuzzRequests(tally, seed, seed + 200_000)
  t.same(tally.faults, [])
  t.equal(tally.cases, 200_000)
  t.comment(describeKinds(tally))
  t.ok((tally.kinds.get('both accept') ?? 0) > 20_000, 'many are accepted by both')
  t.ok((tally.kinds.get('both refuse') ?? 0) > 20_000, 'many are refused by both')
})

t.test('30,000 damaged answers neither crash the edge nor leave a client waiting', async t => {
  const tally = newTally()
  fuzzAnswers(tally, seed, seed + 30_000)
  t.same(tally.faults, [])
  t.equal(tally.cases, 30_000)
})
