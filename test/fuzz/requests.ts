/** Valid requests of many shapes, one after the other as a client would pipeline them. */
import type { Random } from './random.js'

const methods = ['GET', 'POST', 'DELETE', 'PUT', 'HEAD', 'PATCH', 'OPTIONS'] as const
const targets = ['/', '/status', '/session', '/session/0123abcd/url', '/wd/hub/session/ab/element/1/text', '/a?b=c&d=%20', '/x%00y', '/~a;b=c/!$&\'()*+,=:@'] as const
const names = ['Accept', 'User-Agent', 'X-A', 'x', 'Cookie', 'Cache-Control', 'Origin', 'Authorization', 'Content-Type', 'Keep-Alive', 'TE', 'a!#$%&\'*+-.^_`|~9'] as const
const values = ['', '*/*', 'a b', 'application/json; charset=utf-8', '0', 'chunked', '5', 'a\tb', 'caf\xe9', '"q"', 'close', ','] as const
const spaces = ['', ' ', ' ', ' ', '  ', '\t', ' \t '] as const
const extensions = ['', '', '', ';a', ';a=b', ';a="b c"', ';ieof', ';a=b;c=d'] as const
const trailers = ['', '', '', 'X-T: 1\r\n', 'X-T: 1\r\nX-U:\r\n'] as const

/** One to three requests; the last one may ask for the connection's end. */
export function requests (random: Random): string {
  let text = ''
  for (let left = random.pick([1, 1, 1, 2, 3]); left > 0; left--) text += request(random, left === 1)
  return text
}

function request (random: Random, last: boolean): string {
  const { fields, body } = bodyOf(random)
  const lines = [`${field(random, 'Host')}: localhost`, ...fields]
  for (let more = random.below(4); more > 0; more--) lines.push(`${random.pick(names)}:${random.pick(spaces)}${random.pick(values)}${random.pick(spaces)}`)
  if (body !== '' && random.once(8)) lines.push(`${field(random, 'Expect')}: 100-continue`)
  lines.push(...connection(random, last && body === ''))
  const version = last && random.once(12) && !fields.some(line => /transfer/i.test(line)) ? '1.0' : '1.1'
  if (random.once(6)) lines.reverse()
  return `${random.pick(methods)} ${random.pick(targets)} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n${body}${random.once(15) ? '\r\n' : ''}`
}

function bodyOf (random: Random): { fields: string[], body: string } {
  switch (random.below(5)) {
    case 0: case 1: return { fields: [], body: '' }
    case 2: return counted(random, contentOf(random))
    case 3: return random.once(4) ? counted(random, 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n') : counted(random, '')
    default: return { fields: [`${field(random, 'Transfer-Encoding')}:${random.pick(spaces)}${random.pick(['chunked', 'chunked', 'Chunked', 'CHUNKED'])}`], body: chunks(random) }
  }
}

function counted (random: Random, body: string): { fields: string[], body: string } {
  const zeros = random.once(10) ? '00' : ''
  return { fields: [`${field(random, 'Content-Length')}:${random.pick(spaces)}${zeros}${body.length}`], body }
}

function chunks (random: Random): string {
  let text = ''
  for (let left = random.below(4); left > 0; left--) {
    const data = contentOf(random)
    if (data === '') continue
    const size = data.length.toString(16)
    text += `${random.once(8) ? '000' : ''}${random.once(3) ? size.toUpperCase() : size}${random.pick(extensions)}\r\n${data}\r\n`
  }
  return `${text}0${random.pick(extensions)}\r\n${random.pick(trailers)}\r\n`
}

function contentOf (random: Random): string {
  return random.pick(['{}', 'a', '\r\n', '0\r\n\r\n', '{"url":"http://127.0.0.1/"}', '\0\x7f\xff', 'x'.repeat(random.below(40)), 'y'.repeat(random.once(20) ? 3000 : 17)])
}

/** Now and then an upgrade, which is only to be read as a WebSocket when it is one. */
function connection (random: Random, last: boolean): string[] {
  switch (random.below(last ? 12 : 16)) {
    case 0: return last ? ['Connection: close'] : []
    case 1: return ['Connection: keep-alive']
    case 2: return [`Connection: ${random.pick(['Keep-Alive, X-A', 'x-a', 'foo,bar', ''])}`]
    case 3: return last ? ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'] : []
    case 4: return last ? ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAA'] : []
    case 5: return ['Upgrade: websocket']
    default: return []
  }
}

/** A header's name in some letter case. */
function field (random: Random, name: string): string {
  return random.pick([name, name, name.toLowerCase(), name.toUpperCase()])
}
