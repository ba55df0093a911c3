import t from 'tap'
import { closeFrame, FrameError, frameOf, FrameReader, type Message } from '../../../src/protocol/frames.js'

/** A client's frame. */
function masked (first: number, data: Buffer, mask = Buffer.from([1, 2, 3, 4])): Buffer {
  const server = frameOf('text', data)
  const head = Buffer.from(server.subarray(0, server.length - data.length))
  head[0] = first
  head[1] = (head[1] ?? 0) | 0x80
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ (mask[i & 3] ?? 0))])
}

function all (reader: FrameReader): Message[] {
  const message = reader.next()
  return message === undefined ? [] : [message, ...all(reader)]
}

t.test('messages of every length are read, byte by byte or at once', async t => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
    const data = Buffer.alloc(length, 'ab')
    const bytes = masked(0x81, data)
    const whole = new FrameReader(1e6)
    whole.add(bytes)
    t.strictSame(all(whole), [{ kind: 'text', data }], `${length} bytes`)
    const slow = new FrameReader(1e6)
    for (const byte of bytes.subarray(0, 500)) slow.add(Buffer.from([byte]))
    slow.add(bytes.subarray(500))
    t.strictSame(all(slow), [{ kind: 'text', data }])
  }
})

t.test('a message in parts is one, and a ping between its parts is its own', async t => {
  const reader = new FrameReader(1000)
  reader.add(Buffer.concat([masked(0x01, Buffer.from('one ')), masked(0x89, Buffer.from('p')), masked(0x80, Buffer.from('two')), masked(0x88, Buffer.from([3, 232]))]))
  t.strictSame(all(reader).map(({ kind, data }) => [kind, data.toString('latin1')]), [['ping', 'p'], ['text', 'one two'], ['close', '\x03\xe8']])
})

t.test('what lies behind the last message that was taken is left', async t => {
  const reader = new FrameReader(1000)
  const rest = masked(0x82, Buffer.from('next'))
  reader.add(Buffer.concat([masked(0x81, Buffer.from('first')), rest]))
  t.equal(reader.next()?.data.toString(), 'first')
  t.strictSame(reader.rest, rest)
})

t.test('what is no client\'s frame is refused', async t => {
  const wrong: readonly [string, Buffer][] = [
    ['without a mask', frameOf('text', Buffer.from('x'))],
    ['of an extension', masked(0xc1, Buffer.from('x'))],
    ['with an unknown opcode', masked(0x83, Buffer.from('x'))],
    ['a part without a beginning', masked(0x80, Buffer.from('x'))],
    ['longer than allowed', masked(0x81, Buffer.alloc(1001))]
  ]
  for (const [name, bytes] of wrong) {
    const reader = new FrameReader(1000)
    reader.add(bytes)
    t.throws(() => all(reader), FrameError, name)
  }
  const parts = new FrameReader(1000)
  parts.add(Buffer.concat([masked(0x01, Buffer.alloc(600)), masked(0x80, Buffer.alloc(600))]))
  t.throws(() => all(parts), /longer than 1000 bytes/, 'in parts')
})

t.test('a close frame has its code and its reason, cut to what fits', async t => {
  t.strictSame(closeFrame(1002, 'why'), Buffer.from([0x88, 5, 3, 234, 119, 104, 121]))
  t.equal(closeFrame(1002, 'x'.repeat(200)).length, 127)
})
