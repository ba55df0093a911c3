import { readFileSync } from 'node:fs'
import t from 'tap'
import { configurationPage } from '../../../src/config/docs.js'
import { keys } from '../../../src/config/keys.js'

t.test('docs/configuration.md is what the schema says (npm run docs writes it)', async t => {
  t.equal(readFileSync('docs/configuration.md', 'utf8'), configurationPage())
})

t.test('every key is there, with its flag and its environment names', async t => {
  const page = configurationPage()
  for (const key of keys) for (const name of [key.path, ...key.environment]) t.ok(page.includes(`\`${name}\``), name)
})
