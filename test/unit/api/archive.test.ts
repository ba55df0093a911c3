import t from 'tap'
import { fileIn } from '../../../src/api/archive.js'
import { zipOf, type ZipEntry } from '../../support/zip.js'

const read = (...entries: readonly ZipEntry[]): ReturnType<typeof fileIn> => fileIn(Buffer.from(zipOf(...entries), 'base64'), 1000)

t.test('the one file of an archive', async t => {
  t.strictSame(await read({ name: 'a.txt', text: 'hello' }), { name: 'a.txt', bytes: Buffer.from('hello') })
  t.strictSame(await read({ name: 'empty', text: '' }), { name: 'empty', bytes: Buffer.alloc(0) })
})

t.test('folders are nothing but a way to it', async t => {
  t.match(await read({ name: 'some/', text: '' }, { name: 'some/deep/ü b.txt', text: 'x' }), { name: 'ü b.txt' })
})

t.test('what is refused, and what is said of it', async t => {
  const cases: readonly [what: string, archive: string, says: RegExp][] = [
    ['no archive', 'aGVsbG8=', /no zip archive in Base64/],
    ['nothing', '', /no zip archive/],
    ['no file', zipOf(), /no file/],
    ['a folder only', zipOf({ name: 'a/', text: '' }), /no file/],
    ['several files', zipOf({ name: 'a', text: '' }, { name: 'b', text: '' }), /several files/],
    ['a way up', zipOf({ name: '../a', text: '' }), /broken: .*\.\./],
    ['a way from the root', zipOf({ name: '/etc/passwd', text: '' }), /broken: absolute path/],
    ['a backslash', zipOf({ name: '..\\a', text: '' }), /broken/],
    ['the folder itself', zipOf({ name: 'a/.', text: '' }), /name of the file is none/],
    ['a name with NUL', zipOf({ name: 'a\0b', text: '' }), /name of the file is none/],
    ['a name of two lines', zipOf({ name: 'a\nb', text: '' }), /name of the file is none/],
    ['too long', zipOf({ name: 'a', text: 'x'.repeat(1001) }), /longer than 1000 bytes \(bodyLimit\)/],
    ['longer than it says', zipOf({ name: 'a', text: 'x'.repeat(100_000), claimed: 10 }), /cannot be unpacked/],
    ['shorter than it says', zipOf({ name: 'a', text: 'x', claimed: 10 }), /cannot be unpacked/],
    ['cut off', Buffer.from(zipOf({ name: 'a', text: 'x' }), 'base64').subarray(0, 60).toString('base64'), /no zip archive/]
  ]
  for (const [what, archive, message] of cases) await t.rejects(fileIn(Buffer.from(archive, 'base64'), 1000), { code: 'invalid argument', message }, what)
})
