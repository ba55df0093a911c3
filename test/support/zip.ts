/** Zip archives as a client writes them, and as no honest one would. */
import { deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  readonly text: string
  /** What the archive says of its length, in bytes. */
  readonly claimed?: number
}

/** In base64. */
export function zipOf (...files: readonly ZipEntry[]): string {
  return zip(...files).toString('base64')
}

/** PKWARE's APPNOTE 4.3: a header before each file, all headers again behind the last, and where those begin. Names are UTF-8, contents deflated. */
export function zip (...files: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, text, claimed } of files) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)]
    const packed = deflateRawSync(data)
    const about = Buffer.concat([numbers(2, 20, 0x800, 8, 0, 0x21), numbers(4, crc32(data), packed.length, claimed ?? data.length), numbers(2, path.length, 0)])
    parts.push(Buffer.from('PK\x03\x04'), about, path, packed)
    directory.push(Buffer.from('PK\x01\x02'), numbers(2, 20), about, numbers(2, 0, 0, 0), numbers(4, 0, at), path)
    at += 4 + about.length + path.length + packed.length
  }
  const index = Buffer.concat(directory)
  return Buffer.concat([...parts, index, Buffer.from('PK\x05\x06'), numbers(2, 0, 0, files.length, files.length), numbers(4, index.length, at), numbers(2, 0)])
}

/** Unsigned, the smallest byte first, of so many bytes each. */
export function numbers (size: 2 | 4, ...values: readonly number[]): Buffer {
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
