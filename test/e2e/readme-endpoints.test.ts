/** Every address and every endpoint that the README names, asked for real. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { addressesIn, answers, Asker, atGrid, endpointsIn } from '../support/documents.js'
import { startGrid } from '../support/grid.js'

const readme = readFileSync('README.md', 'utf8')

t.test('addresses lead to a browser', async t => {
  const grid = await startGrid(t, { 'pool.size': 3 })
  const guarded = await startGrid(t, { 'pool.size': 2, users: [{ name: 'ann', password: 'sesame' }] })
  const addresses = addressesIn(readme.replace(/^```[^]*?^```/gm, ''))
  t.ok(addresses.length > 6)
  for (const address of addresses) await answers(t, atGrid(address, address.includes('ann:sesame') ? guarded : grid))
})

t.test('endpoints are there', async t => {
  const asker = new Asker(await startGrid(t, { 'pool.size': 4 }))
  const endpoints = endpointsIn(readme)
  t.ok(endpoints.length > 50)
  for (const endpoint of endpoints) t.match(await asker.ask(endpoint), { status: endpoint.startsWith('WS') ? 101 : 200 }, endpoint)
})
