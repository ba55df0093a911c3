import t from 'tap'
import { keyOf } from '../../../src/config/keys.js'
import { hashPassword, verifyPassword } from '../../../src/api/password-hash.js'
import { checkValue } from '../../../src/config/value.js'

t.test('a hash verifies its password and no other, and is never the same twice', async t => {
  const hash = await hashPassword('geheim ü')
  t.not(hash, await hashPassword('geheim ü'))
  t.ok(await verifyPassword('geheim ü', hash))
  t.ok(await verifyPassword('geheim u\u0308', hash), 'however the keyboard composes it')
  t.notOk(await verifyPassword('geheim', hash))
  t.notOk(await verifyPassword(hash, hash), 'the hash itself is no password')
})

t.test('a plain password is compared as it stands', async t => {
  t.ok(await verifyPassword('secret', 'secret'))
  t.notOk(await verifyPassword('secret ', 'secret'))
})

t.test('what hash-password prints is taken by the configuration, and a damaged hash is not', async t => {
  const users = keyOf.get('users')
  if (users === undefined) throw new Error('no key users')
  const hash = await hashPassword('secret')
  t.ok('value' in checkValue(users, [{ name: 'ann', password: hash }]))
  t.match(checkValue(users, [{ name: 'ann', password: hash.slice(0, -50) }]), { problem: 'hash-password' })
})
