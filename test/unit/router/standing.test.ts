import t from 'tap'
import { Standing } from '../../../src/router/standing.js'

const at = (now: number) => (): number => now

t.test('one that went away gets one request at first, and twice as many after each that went well', async t => {
  const standing = new Standing()
  t.equal(standing.room(5, at(0)), Infinity)
  standing.failed(1000, 0)
  t.equal(standing.room(0, at(1000)), 1)
  t.equal(standing.room(1, at(1000)), 0)
  standing.wentWell()
  t.equal(standing.room(0, at(1000)), 2)
})

t.test('one that goes away again and again is left alone for longer each time', async t => {
  const standing = new Standing()
  const bans = [1000, 2000, 3000, 4000].map(now => {
    standing.failed(now, now - 1)
    return standing.bannedUntil - now
  })
  t.strictSame(bans, [0, 1000, 2000, 4000])
  t.equal(standing.room(0, at(7999)), 0)
  t.equal(standing.room(0, at(8000)), 1)
})

t.test('many requests that fail because it went away once are one failure', async t => {
  const standing = new Standing()
  for (const now of [1500, 1501, 1502, 3000]) standing.failed(now, 1000)
  t.equal(standing.bannedUntil, 1500)
  standing.failed(5000, 4000)
  t.equal(standing.bannedUntil, 6000)
})
