import t from 'tap'
import { FairQueue } from '../../../src/router/fair-queue.js'

const queueOf = (...items: string[]): FairQueue<string> => {
  const queue = new FairQueue<string>()
  items.forEach(item => queue.add(item[0] ?? '', item))
  return queue
}
const serveAll = (queue: FairQueue<string>): string[] => {
  const served: string[] = []
  for (let [item] = queue.inOrder(); item !== undefined; [item] = queue.inOrder()) {
    queue.charge(item[0] ?? '')
    queue.remove(item[0] ?? '', item)
    served.push(item)
  }
  return served
}

t.test('one user is served in the order of asking', async t => {
  t.strictSame(serveAll(queueOf('a1', 'a2', 'a3')), ['a1', 'a2', 'a3'])
})

t.test('users take turns, whoever came with how many', async t => {
  t.strictSame(serveAll(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2')), ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

t.test('the whole order is known beforehand', async t => {
  t.strictSame([...queueOf('a1', 'a2', 'b1').inOrder()], ['a1', 'b1', 'a2'])
})

t.test('who leaves costs nobody a turn', async t => {
  const queue = queueOf('a1', 'a2', 'b1')
  queue.remove('a', 'a1')
  t.strictSame([...queue.inOrder()], ['a2', 'b1'])
})

t.test('removing what is not there changes nothing', async t => {
  const queue = queueOf('a1')
  queue.remove('a', 'a9')
  queue.remove('z', 'z1')
  t.strictSame([...queue.inOrder()], ['a1'])
})
