/** A Chrome extension as a WebDriver client brings it (`goog:chromeOptions.extensions`): a CRX file, version 3, of files that are stored as they are. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'

/** It says in every page's root element that it is there: `data-extension="there"`. In base64. */
export function markingExtension (): string {
  return crx({
    'manifest.json': JSON.stringify({ manifest_version: 3, name: 'Marks pages', version: '1', content_scripts: [{ matches: ['<all_urls>'], js: ['mark.js'], run_at: 'document_start' }] }),
    'mark.js': 'document.documentElement.dataset.extension = "there"'
  })
}

/** Chromium's components/crx_file/crx3.proto: CrxFileHeader { 2: AsymmetricKeyProof { 1: key, 2: signature }, 10000: SignedData { 1: id } }. */
function crx (files: Readonly<Record<string, string>>): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const content = zip(files)
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const about = field(1, createHash('sha256').update(key).digest().subarray(0, 16))
  const signature = sign('sha256', Buffer.concat([Buffer.from('CRX3 SignedData\0'), numbers(4, about.length), about, content]), privateKey)
  const header = Buffer.concat([field(2, Buffer.concat([field(1, key), field(2, signature)])), field(10_000, about)])
  return Buffer.concat([Buffer.from('Cr24'), numbers(4, 3, header.length), header, content]).toString('base64')
}

/** Of Protocol Buffers: bytes with their number and length. */
function field (number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

function varint (value: number): Buffer {
  const groups: number[] = []
  for (; value > 0x7f; value >>>= 7) groups.push((value & 0x7f) | 0x80)
  return Buffer.from([...groups, value])
}

/** PKWARE's APPNOTE 4.3: a header before each file, all headers again behind the last, and where those begin. */
function zip (files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)]
    const about = Buffer.concat([numbers(2, 10, 0, 0, 0, 0x21), numbers(4, crc32(data), data.length, data.length), numbers(2, path.length, 0)])
    parts.push(Buffer.from('PK\x03\x04'), about, path, data)
    directory.push(Buffer.from('PK\x01\x02'), numbers(2, 10), about, numbers(2, 0, 0, 0), numbers(4, 0, at), path)
    at += 4 + about.length + path.length + data.length
  }
  const count = Object.keys(files).length
  const index = Buffer.concat(directory)
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06'), numbers(2, 0, 0, count, count), numbers(4, index.length, at), numbers(2, 0)])
}

/** Unsigned, the smallest byte first, of so many bytes each. */
function numbers (size: 2 | 4, ...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(size * values.length)
  values.forEach((value, i) => bytes.writeUIntLE(value, i * size, size))
  return bytes
}

/** Node.js 20.0 has none of its own. */
function crc32 (bytes: Buffer): number {
  let sum = 0xffff_ffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb8_8320 & -(sum & 1))
  }
  return ~sum >>> 0
}
