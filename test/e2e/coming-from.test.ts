/** docs/coming-from.md keeps its word: its addresses lead to browsers, what it says is there is there, and what it says is missing is missing. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { addressesIn, answers, Asker, atGrid, blocksIn, endpointsIn } from '../support/documents.js'
import { startGrid } from '../support/grid.js'
import { newSession } from '../support/webdriver.js'

const page = readFileSync('docs/coming-from.md', 'utf8')
const sections = page.split(/^## /m).slice(1).map(text => ({ name: text.slice(0, text.indexOf('\n')), text }))

t.equal(sections.length, 4)

t.test('the new addresses lead to a browser', async t => {
  const grid = await startGrid(t, { 'pool.size': 3 })
  const guarded = await startGrid(t, { 'pool.size': 2, users: [{ name: 'ann', password: 'sesame' }] })
  for (const { name, text } of sections) {
    const lines = blocksIn(text, 'diff').join('').trim().split('\n')
    t.equal(lines.filter(line => line.startsWith('+')).length, lines.filter(line => line.startsWith('-')).length, `${name}: each old line has its new one`)
    const session = await newSession(grid.hub)
    for (const line of lines.filter(line => line.startsWith('+'))) {
      const addresses = addressesIn(atGrid(line, line.includes('ann:sesame') ? guarded : grid))
      t.equal(addresses.length, 1, line)
      for (const address of addresses) await answers(t, address.replace(/\$\{[\w.]+\}/, session.id))
    }
    await session.quit()
  }
})

t.test('endpoints are there, or missing, as it says', async t => {
  const grid = await startGrid(t, { 'pool.size': 4 })
  const asker = new Asker(grid)
  for (const { name, text } of sections) {
    const [there = '', missing = ''] = text.split('Not there yet:')
    t.ok(endpointsIn(there).length > 3 && endpointsIn(missing).length > 3, name)
    for (const endpoint of endpointsIn(there)) t.match(await asker.ask(endpoint), { status: endpoint.startsWith('WS') ? 101 : 200 }, `${name}: ${endpoint}`)
    for (const endpoint of endpointsIn(missing)) t.match(await asker.ask(endpoint), { status: 404, said: /unknown command|there is no WebSocket/ }, `${name}: no ${endpoint}`)
  }
})
