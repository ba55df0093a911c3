/** A Chrome extension as a WebDriver client brings it (`goog:chromeOptions.extensions`): a CRX file, version 3. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { numbers, zip } from './zip.js'

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
  const content = zip(...Object.entries(files).map(([name, text]) => ({ name, text })))
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
