import t from 'tap'
import { FrameBoundary } from '../../../src/edge/frame-boundary.js'
import { closeFrame, frameOf } from '../../../src/protocol/frames.js'

const frames = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].map(length => frameOf('text', Buffer.alloc(length, 0x81)))

t.test('it knows the end of each frame, however the bytes come', async t => {
  const bytes = Buffer.concat(frames)
  let end = 0
  const ends = new Set(frames.map(frame => { end += frame.length; return end }))
  for (const size of [1, 2, 3, 7, 1000, 65_536, bytes.length]) {
    const boundary = new FrameBoundary()
    let wrong = 0
    for (let at = 0; at < bytes.length; at += size) {
      boundary.take(bytes.subarray(at, at + size))
      if (boundary.between !== ends.has(Math.min(at + size, bytes.length))) wrong++
    }
    t.equal(wrong, 0, `in pieces of ${size} bytes`)
  }
})

t.test('a mask is part of the head', async t => {
  const boundary = new FrameBoundary()
  boundary.take(Buffer.from([0x81, 0x82, 1, 2, 3, 4, 5]))
  t.notOk(boundary.between)
  boundary.take(Buffer.from([6]))
  t.ok(boundary.between)
})

t.test('behind a close frame nothing may come', async t => {
  const boundary = new FrameBoundary()
  boundary.take(closeFrame(1000, 'done'))
  t.notOk(boundary.between)
})
