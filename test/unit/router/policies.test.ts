import t from 'tap'
import { policies, type Load } from '../../../src/router/policies.js'

const agent = (name: string, load: Partial<Load> = {}): Load & { name: string } => ({ name, leased: 0, capacity: 10, cpu: 0, memory: 0, ...load })

t.test('round-robin takes each in turn', async t => {
  const policy = policies['round-robin']()
  const agents = [agent('a'), agent('b'), agent('c')]
  t.strictSame([1, 2, 3, 4].map(() => policy(agents)?.name), ['a', 'b', 'c', 'a'])
})

t.test('least-connections compares sessions to capacity', async t => {
  const policy = policies['least-connections']()
  t.equal(policy([agent('small', { leased: 1, capacity: 2 }), agent('large', { leased: 4, capacity: 20 })])?.name, 'large')
})

t.test('resource-based looks at whatever is scarcest', async t => {
  const policy = policies['resource-based']()
  t.equal(policy([agent('busy', { cpu: 0.9 }), agent('full', { memory: 0.8 }), agent('even', { cpu: 0.5, memory: 0.5, leased: 5 })])?.name, 'even')
})

t.test('among equals the first is taken', async t => {
  for (const name of ['least-connections', 'resource-based'] as const) t.equal(policies[name]()([agent('a'), agent('b')])?.name, 'a')
})
