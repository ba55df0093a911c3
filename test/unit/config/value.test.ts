import t from 'tap'
import { keyOf, keys, type Key } from '../../../src/config/keys.js'
import { allowed, checkValue, readText } from '../../../src/config/value.js'

function key (path: string): Key {
  const found = keyOf.get(path)
  if (found === undefined) throw new Error(`no key ${path}`)
  return found
}

const read = (path: string, ...texts: string[]) => readText(key(path), texts)

t.test('texts are read as what the key takes', async t => {
  t.same(read('listen.hubPort', '80'), { value: 80 })
  t.same(read('listen.hubPort', 'none'), { value: null })
  t.same(read('listen.host', '10'), { value: '10' })
  t.same(read('session.grace', '0.5'), { value: 0.5 })
  for (const yes of ['true', 'TRUE', 'yes', 'on', '1']) t.same(read('listen.insecure', yes), { value: true })
  for (const no of ['false', 'no', 'off', '0']) t.same(read('listen.insecure', no), { value: false })
  t.same(read('chromium.headless', 'auto'), { value: 'auto' })
  t.same(read('chromium.headless', 'false'), { value: false })
  t.same(read('listen.hubPort', '80', '81'), { value: 81 }, 'the last one of a repeated flag')
})

t.test('lists are separated by commas or spaces, repeated, or written as JSON', async t => {
  t.same(read('listen.allowedHosts', 'a.example, b.example'), { value: ['a.example', 'b.example'] })
  t.same(read('listen.allowedHosts', 'a', 'b'), { value: ['a', 'b'] })
  t.same(read('chromium.args', '--window-size=1,2 --x'), { value: ['--window-size=1,2', '--x'] })
  t.same(read('chromium.args', '["--user-agent=a b"]'), { value: ['--user-agent=a b'] })
  t.same(read('users', 'ann:a:b bob:c'), { value: [{ name: 'ann', password: 'a:b' }, { name: 'bob', password: 'c' }] })
  t.same(read('users', '[{"name":"ann","password":"a, b"}]'), { value: [{ name: 'ann', password: 'a, b' }] })
})

t.test('a wrong value is told with what would be right', async t => {
  const wrong: Array<[path: string, text: string, sentence: string]> = [
    ['listen.hubPort', '70000', 'is 70000, which is not allowed; it takes a whole number from 0 to 65535 or none'],
    ['listen.hubPort', '4444x', 'is "4444x", which is not allowed; it takes a whole number'],
    ['listen.hubPort', '1.5', 'is 1.5, which'],
    ['pool.size', '0', 'a whole number from 1 to 10000'],
    ['pool.size', 'Infinity', 'is "Infinity", which'],
    ['pool.size', '0x10', 'is "0x10", which'],
    ['pool.learnedShare', '2', 'a number from 0 to 1'],
    ['session.idleTimeout', '-1', '(s)'],
    ['session.idleTimeout', '99999999', 'a number from 0.05 to 2147483 (s)'],
    ['listen.insecure', 'maybe', 'true or false'],
    ['chromium.headless', 'new', 'auto or true or false'],
    ['placement.algorithm', 'random', 'round-robin, least-connections, resource-based'],
    ['log.level', 'loud', 'trace, debug, info'],
    ['listen.host', 'http://x/', 'a host name or an IP address'],
    ['listen.allowedOrigins', 'https://a.example/path', 'as item 1: an origin such as https://example.org'],
    ['chromium.args', 'headless', 'it takes a list of texts that begin with a dash'],
    ['playwright.versions', '1.58.2', 'is ["1.58.2"], which is not allowed; it takes a list of versions such as 1.58'],
    ['container.memory', '512m', 'a whole number from 64']
  ]
  for (const [path, text, sentence] of wrong) t.match(read(path, text), { problem: sentence }, `${path}=${text}`)
})

t.test('a file\'s values must have their type', async t => {
  t.match(checkValue(key('listen.hubPort'), '80'), { problem: 'is "80", which is not allowed; it takes a whole number' })
  t.match(checkValue(key('listen.insecure'), 1), { problem: 'true or false' })
  t.match(checkValue(key('listen.allowedHosts'), 'a'), { problem: 'a list of texts' })
  t.match(checkValue(key('listen.allowedHosts'), [1]), { problem: 'a list of texts' })
  t.match(checkValue(key('users'), [{ name: 'a', pasword: 'b' }]), { problem: 'as item 1: no key "pasword"; did you mean password?' })
})

t.test('secrets are never shown, not even wrong ones', async t => {
  for (const [path, text] of [['tokenSecret', 'hush'], ['users', 'hush'], ['users', 'a:scrypt$hush']] as const) {
    const checked = read(path, text)
    t.match(checked, { problem: 'has a value that is not allowed' })
    t.notMatch(checked, { problem: 'hush' })
  }
})

t.test('every key has a flag and an environment name of its own, and can say what it takes', async t => {
  const flags = keys.map(key => key.flag).filter(flag => flag !== null)
  const names = keys.flatMap(key => key.environment)
  t.equal(new Set(flags).size, flags.length)
  t.equal(new Set(names).size, names.length)
  t.equal(allowed(key('playwright.versions')), 'a list of versions such as 1.58')
  for (const key of keys) t.ok(allowed(key).length > 0 && !/undefined|any$/.test(allowed(key)), key.path)
})
