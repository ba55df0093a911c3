import t from 'tap'
import { draw, fillFirst, looksAt, policyOf, preferWarm, type Load } from '../../../src/router/policies.js'

const agent = (id: string, load: Partial<Load> = {}): Load => ({ id, leased: 0, capacity: 10, weight: 1, cpu: 0, memory: 0, startup: 0, ...load })
const alone = { routers: () => 1, random: () => 0 }

t.test('round-robin takes each in turn', async t => {
  const policy = policyOf('round-robin', alone)
  const agents = [agent('a'), agent('b'), agent('c')]
  t.strictSame([1, 2, 3, 4].map(() => policy(agents).id), ['a', 'b', 'c', 'a'])
})

t.test('round-robin gives each exactly its weight, evenly spread', async t => {
  const policy = policyOf('round-robin', alone)
  const agents = [agent('a', { weight: 5 }), agent('b'), agent('c', { weight: 2 })]
  const turns = Array.from({ length: 80 }, () => policy(agents).id)
  t.strictSame(['a', 'b', 'c'].map(id => turns.filter(turn => turn === id).length), [50, 10, 20])
  t.notMatch(turns.join(''), /a{4}/, 'the heavy one does not get all of its turns at once')
})

t.test('round-robin goes on where it was when somebody has left', async t => {
  const policy = policyOf('round-robin', alone)
  const agents = [agent('a'), agent('b'), agent('c')]
  const turns = [agents, agents, agents.slice(1), agents.slice(1)].map(some => policy(some).id)
  t.strictSame(turns, ['a', 'b', 'c', 'b'])
})

t.test('round-robin lets nobody who was away make up for it', async t => {
  const policy = policyOf('round-robin', alone)
  const [a, b] = [agent('a'), agent('b')]
  for (let turn = 0; turn < 20; turn++) policy([a])
  const turns = Array.from({ length: 20 }, () => policy([a, b]).id)
  t.equal(turns.filter(turn => turn === 'b').length, 10)
})

t.test('round-robin is exact among a thousand with three weights', async t => {
  const policy = policyOf('round-robin', alone)
  const agents = Array.from({ length: 1000 }, (_, i) => agent(`agent${i}`, { weight: 1 + i % 3 }))
  const total = agents.reduce((sum, { weight }) => sum + weight, 0)
  const turns = new Map<string, number>()
  for (let turn = 0; turn < 5 * total; turn++) {
    const { id } = policy(agents)
    turns.set(id, (turns.get(id) ?? 0) + 1)
  }
  t.strictSame(agents.filter(({ id, weight }) => turns.get(id) !== 5 * weight), [])
})

t.test('round-robin sees every agent, the others a sample of very many', async t => {
  t.equal(looksAt('round-robin'), Infinity)
  t.ok(looksAt('least-connections') < 100)
  t.equal(looksAt('resource-based'), looksAt('least-connections'))
})

t.test('a sample is drawn from the whole list', async t => {
  let call = 0
  const drawn = (from: readonly string[], fits: (one: string) => boolean): string[] => draw(from, { count: 4, random: () => (call++ * 0.25) % 1, fits })
  t.strictSame(drawn(['a', 'b', 'c', 'd'], () => true), ['a', 'b', 'c', 'd'])
  t.strictSame(drawn(['a', 'b', 'c', 'd'], one => one > 'b'), ['c', 'd'], 'who does not fit is drawn in vain')
  t.strictSame(drawn([], () => true), [])
})

t.test('several routers look at as many of a sample as they would of all', async t => {
  const prices = Array.from({ length: 32 }, (_, leased) => agent(`agent${leased}`, { leased }))
  let looked = 0
  const policy = policyOf('least-connections', { routers: () => 10, random: () => { looked++; return 0 } })
  policy(prices, 800)
  t.equal(looked, 20)
})

t.test('least-connections compares sessions to capacity', async t => {
  const policy = policyOf('least-connections', alone)
  t.equal(policy([agent('small', { leased: 1, capacity: 2 }), agent('large', { leased: 4, capacity: 20 })]).id, 'large')
})

t.test('resource-based looks at whatever is scarcest', async t => {
  const policy = policyOf('resource-based', alone)
  t.equal(policy([agent('busy', { cpu: 0.9 }), agent('full', { memory: 0.8 }), agent('even', { cpu: 0.5, memory: 0.5, leased: 5 })]).id, 'even')
})

t.test('resource-based leaves an agent that is slow to open sessions for another one that is as busy', async t => {
  const policy = policyOf('resource-based', alone)
  t.equal(policy([agent('slow', { cpu: 0.5, startup: 9000 }), agent('quick', { cpu: 0.6, startup: 100 })]).id, 'quick')
})

t.test('equals take turns at random', async t => {
  const agents = [agent('a'), agent('b'), agent('c'), agent('d')]
  for (const name of ['least-connections', 'resource-based'] as const) {
    let call = 0
    const policy = policyOf(name, { routers: () => 1, random: () => call++ / 4 })
    t.strictSame([1, 2, 3, 4].map(() => policy(agents).id), ['a', 'b', 'c', 'd'], name)
  }
})

t.test('several routers with the same old view do not all run to the emptiest agent', async t => {
  const agents = Array.from({ length: 100 }, (_, i) => agent(`agent${i}`, { leased: i === 0 ? 0 : 5 }))
  const chosen = Array.from({ length: 10 }, () => policyOf('least-connections', { routers: () => 10 })).flatMap(policy => Array.from({ length: 10 }, () => policy(agents).id))
  t.ok(chosen.filter(id => id === 'agent0').length < 30, `${chosen.filter(id => id === 'agent0').length} of 100`)
})

t.test('one router runs to it', async t => {
  const agents = Array.from({ length: 100 }, (_, i) => agent(`agent${i}`, { leased: i === 42 ? 0 : 5 }))
  t.equal(policyOf('least-connections', { routers: () => 1 })(agents).id, 'agent42')
})

t.test('without a balancer one agent is filled before the next', async t => {
  t.equal(fillFirst([agent('b'), agent('a', { leased: 9 }), agent('c')]).id, 'a')
})

t.test('whoever has the session warm is preferred, until he is much fuller than others', async t => {
  const among = (leased: number): string[] => preferWarm([agent('x')], [agent('w', { leased })]).map(({ id }) => id)
  t.strictSame(among(2), ['w'])
  t.strictSame(among(3), ['x'])
  t.strictSame(preferWarm([], [agent('w', { leased: 3 }), agent('v')]).map(({ id }) => id), ['v'], 'also where nobody else is')
  t.strictSame(preferWarm([agent('x'), agent('y')], []).length, 2)
})
