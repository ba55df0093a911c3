/** Damages valid bytes in the ways by which requests are smuggled: one to three mutations at random places. */
import type { Random } from './random.js'

type Mutation = (text: string, random: Random) => string

const bytes = ['\0', '\t', '\n', '\r', '\r\n', '\r\n\r\n', ' ', '\x0b', '\x0c', '\x1f', '\x7f', '\x80', '\xa0', '\xff', ':', ';', ',', '+', '-', '"', '0', '1', 'a', 'G'] as const
const lines = [
  'Content-Length: 0', 'Content-Length: 5', 'Content-Length: +5', 'Content-Length: -1', 'Content-Length: 5, 5', 'Content-Length: 0x5', 'Content-Length:',
  'Content-Length: 5 ', 'Content-Length: 1e1', 'Content-Length: 18446744073709551616', 'Content-Length: 4294967297', 'Content-Length : 5', 'Content-Length\t: 5', 'Content_Length: 5',
  'Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding:\x0bchunked', 'Transfer-Encoding : chunked', 'Transfer-Encoding: "chunked"', 'Transfer-Encoding:', 'Transfer-Encoding: chunked\r\n ', 'X: a\r\n b', 'X: a\r\n\tTransfer-Encoding: chunked',
  ' X: a', '\tX: a', ': a', 'X', 'X Y: a', 'X:\0', 'X: a\rb', 'X: a\nb', 'X: a\n', '\xe9: a', 'Host: b', 'Host:', 'Expect: 100-continue', 'Expect: something', 'Expect: 100-continue, x',
  'Connection: close', 'Connection: Transfer-Encoding', 'Connection: Upgrade', 'Connection: host', 'Upgrade: websocket', 'Upgrade: h2c', 'HTTP2-Settings: AA', 'X-Long: ' + 'z'.repeat(500)
] as const
const firsts = [
  'GET http://a/ HTTP/1.1', 'GET a HTTP/1.1', 'OPTIONS * HTTP/1.1', 'CONNECT a:1 HTTP/1.1', 'CONNECT / HTTP/1.1', 'PRI * HTTP/2.0', 'GET / HTTP/2.0', 'GET / HTTP/0.9', 'GET / HTTP/1.2', 'GET / HTTP/1.10',
  'GET / http/1.1', 'GET / HTTP/1.1 ', 'GET  / HTTP/1.1', 'GET\t/\tHTTP/1.1', 'GET / HTTP/1,1', 'GET /', 'GET', '', ' GET / HTTP/1.1', 'head / HTTP/1.1', 'Get / HTTP/1.1', 'TRACE / HTTP/1.1', 'FOO / HTTP/1.1', 'GET / /b HTTP/1.1',
  'GET /a#b HTTP/1.1', 'GET /\x80 HTTP/1.1', 'GET /\x7f HTTP/1.1', 'GET //a HTTP/1.1', 'GET ? HTTP/1.1', 'HTTP/1.1 200 OK', 'SOURCE / ICE/1.0', 'DESCRIBE / RTSP/1.0', 'M-SEARCH / HTTP/1.1', 'GET / HTTP/1.1\r', 'GET / HTTP/1.1\0'
] as const
const sizes = ['-1', '+1', '0x1', '1 ', ' 1', '', 'g', '1g', 'ffffffffffffffff', '10000000000000000', 'fffffffffffff', '7fffffff', '00000000000000000001', '1\t', '1;', '1 ;a', '1;a\n', '1;\0', '1\r', '1\n', '2', '0', '1,1', '1.0'] as const

const mutations: readonly [Mutation, ...Mutation[]] = [
  (text, random) => put(text, random.below(text.length + 1), 0, random.pick(bytes)),
  (text, random) => put(text, random.below(text.length + 1), 1, random.pick(bytes)),
  (text, random) => put(text, random.below(text.length + 1), 0, String.fromCharCode(random.below(256))),
  (text, random) => put(text, random.below(text.length + 1), 1, String.fromCharCode(random.below(256))),
  (text, random) => put(text, random.below(text.length + 1), 1 + random.below(random.pick([1, 1, 4, 40])), ''),
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => doubled(text, random),
  flipBit,
  atLine((line, random) => `${random.pick(lines)}\r\n${line}`),
  atLine((line, random) => `${random.pick(lines)}\r\n${line}`),
  atLine((line, random) => `${line}${random.pick(['\r', '\n', ' ', '\0', '\t', '\r\n', '\r\n ', '\n '])}`),
  atLine((line, random) => `${random.pick([' ', '\t', '\r', '\n', '\0', ':'])}${line}`),
  atLine(line => `${line}\r\n${line}`),
  atLine(line => line.replace(':', ' :')),
  atLine((line, random) => line.replace(/\d+/, digits => random.pick([`${digits}0`, `+${digits}`, `-${digits}`, `0x${digits}`, `${digits},${digits}`, ` ${digits} `, `${Number(digits) + 1}`, `${Math.max(0, Number(digits) - 1)}`, `0${digits}`, '9'.repeat(20)]))),
  atLine((line, random) => /^[0-9a-f]+/i.test(line) ? line.replace(/^[0-9a-f]+/i, size => random.pick([random.pick(sizes), random.pick(sizes), `${size} `, `0${size}`, `${size};x`])) : line),
  (text, random) => random.pick(firsts) + text.slice(text.indexOf('\r\n')),
  (text, random) => text.replace('HTTP/1.1', random.pick(['HTTP/1.0', 'HTTP/1.2', 'HTTP/2', 'http/1.1', 'HTTP/1.1 '])),
  (text, random) => random.pick(['\r\n', '\r\n\r\n', '\n', '\r', '\0', ' ', '\r\r\n', '\r\n ']) + text,
  (text, random) => put(text, placeOf(text, '\r\n', random), 2, random.pick(['\n', '\r', '\r\r\n', '\n\r', '\r\n\n', '\r\n\r', '', ' ', '\r\n ', '\r\0\n'])),
  (text, random) => put(text, placeOf(text, ':', random), 1, random.pick(['', ' ', ' :', '\t:', ':\r\n', ':\0', '::', ':\x0c']))
]

/** One to three mutations of these bytes. */
export function mutate (text: string, random: Random): string {
  for (let left = random.pick([1, 1, 1, 2, 2, 3]); left > 0; left--) text = random.pick(mutations)(text, random)
  return text
}

function put (text: string, at: number, removed: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + removed)
}

function doubled (text: string, random: Random): string {
  const from = random.below(text.length + 1)
  const piece = text.slice(from, from + random.below(60))
  return put(text, random.once(2) ? from : random.below(text.length + 1), 0, piece)
}

function flipBit (text: string, random: Random): string {
  const at = random.below(text.length)
  return put(text, at, 1, String.fromCharCode((text.charCodeAt(at) ^ (1 << random.below(8))) & 255))
}

function atLine (change: Mutation): Mutation {
  return (text, random) => {
    const all = text.split('\r\n')
    const at = random.below(all.length)
    all[at] = change(all[at] ?? '', random)
    return all.join('\r\n')
  }
}

/** A random place where this stands; the text's end when it stands nowhere. */
function placeOf (text: string, what: string, random: Random): number {
  const from = random.below(text.length + 1)
  const at = text.indexOf(what, from)
  return at >= 0 ? at : Math.max(text.indexOf(what), 0)
}
