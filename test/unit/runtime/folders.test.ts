/** Folders of sessions that share a browser. */
import t from 'tap'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Folders } from '../../../src/runtime/context/folders.js'

t.test('each is new and empty, whatever is written late to one that is removed', async t => {
  const home = t.testdir({ 'session-7': { old: '' }, profile: { mine: '' } })
  const folders = new Folders(home)
  const [a, b] = [folders.make(), folders.make()]
  t.not(a, b)
  t.strictSame([a, b].map(folder => readdirSync(folder)), [[], []])
  writeFileSync(join(b, 'trace'), '')
  folders.remove(a)
  t.notOk(existsSync(a))
  mkdirSync(join(a, 'late'), { recursive: true })
  const c = folders.make()
  t.strictSame(readdirSync(c), [])
  t.strictSame(readdirSync(home).sort(), [basename(b), basename(c), 'profile'].sort(), 'what is left of others has gone')
  t.strictSame(readdirSync(b), ['trace'])
})
