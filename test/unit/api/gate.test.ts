import t from 'tap'
import { Gate, routersWord, type Asking } from '../../../src/api/gate.js'
import { hashPassword } from '../../../src/api/password-hash.js'
import { Passwords, type User } from '../../../src/api/passwords.js'
import { Tokens } from '../../../src/api/tokens.js'

const gateFor = (users: User[], lifetime = 60): { gate: Gate, tokens: Tokens } => {
  const tokens = new Tokens('a secret of sixteen or more', lifetime)
  return { gate: new Gate({ passwords: new Passwords(users), tokens }), tokens }
}
const asking = (authorization?: string, target = '/'): Asking => ({ header: name => name === 'authorization' ? authorization : undefined, target })
const basic = (login: string): Asking => asking(`Basic ${Buffer.from(login).toString('base64')}`)
const bearer = (token: string): Asking => asking(`Bearer ${token}`)
const nobody = asking()

t.test('without users everybody is let in, as nobody in particular', async t => {
  const { gate } = gateFor([])
  t.equal(gate.open, true)
  t.equal(await gate.identify(nobody), '')
  t.equal(await gate.identify(basic('ann:any')), '')
  t.equal(await gate.identify(asking(undefined, '/?token=from-another-grid')), '')
})

t.test('a token that is shown has to be right, also where none is asked for', async t => {
  const { gate, tokens } = gateFor([])
  t.equal(await gate.identify(bearer('wrong')), undefined)
  t.equal(await gate.identify(bearer(tokens.issue(''))), '')
})

t.test('with users only they are let in', async t => {
  const { gate } = gateFor([{ name: 'ann', password: 'secret' }, { name: 'bob', password: await hashPassword('hidden') }])
  t.equal(gate.open, false)
  t.equal(await gate.identify(nobody), undefined)
  t.equal(await gate.identify(basic('ann:secret')), 'ann')
  t.equal(await gate.identify(basic('bob:hidden')), 'bob')
  for (const login of ['ann:wrong', 'ann:', 'ann', ':secret', 'bob:secret', 'eve:secret', '', 'ann:secret\0']) t.equal(await gate.identify(basic(login)), undefined, login)
  for (const authorization of ['Basic', 'Basic !!!', 'Digest x', 'bearer', 'Bearer ']) t.equal(await gate.identify(asking(authorization)), undefined, authorization)
})

t.test('a password that was right is not hashed again', async t => {
  const { gate } = gateFor([{ name: 'bob', password: await hashPassword('hidden') }])
  t.equal(await gate.identify(basic('bob:hidden')), 'bob')
  t.equal(gate.identify(basic('bob:hidden')), 'bob', 'known at once')
})

t.test('a client that cannot set headers shows its token in the query', async t => {
  const { gate, tokens } = gateFor([{ name: 'ann', password: 'secret' }])
  t.equal(await gate.identify(asking(undefined, `/cdp?x=1&token=${tokens.issue('ann')}`)), 'ann')
  t.equal(await gate.identify(asking(undefined, '/cdp?token=wrong')), undefined)
})

t.test('a token of another secret, of no algorithm, or of the past is none', async t => {
  const { gate } = gateFor([{ name: 'ann', password: 'secret' }])
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const forged = [
    new Tokens('another secret of sixteen', 60).issue('ann'),
    `${part({ alg: 'none', typ: 'JWT' })}.${part({ sub: 'ann', exp: now + 60 })}.`,
    new Tokens('a secret of sixteen or more', -60).issue('ann'),
    'a.b.c', '', '..'
  ]
  for (const token of forged) t.equal(await gate.identify(bearer(token)), undefined, token)
})

t.test('who guesses in a crowd keeps no more than one processor busy, and is wrong', async t => {
  const { gate } = gateFor([{ name: 'bob', password: await hashPassword('hidden') }])
  const guesses = await Promise.all(Array.from({ length: 70 }, (_, i) => gate.identify(basic(`eve${i}:guess`))))
  t.ok(guesses.every(user => user === undefined))
})

t.test('an agent takes its routers\' word for who asks', async t => {
  const from = (user?: string): Asking => ({ header: name => name === 'x-tggrid-user' ? user : undefined, target: '/' })
  t.equal(routersWord.identify(from('ann')), 'ann')
  t.equal(routersWord.identify(from(encodeURIComponent('Zoë: 100 %'))), 'Zoë: 100 %')
  t.equal(routersWord.identify(from()), '')
  t.equal(routersWord.identify(from('%E0%A4%A')), undefined)
})
