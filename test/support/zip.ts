/** Zip archives as a client writes them, and as no honest one would (APPNOTE.TXT, 4.3). */
import { deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  readonly text: string
  /** What the archive says of its length. */
  readonly claimed?: number
}

/** An archive of these files, in Base64. */
export function zipOf (...entries: readonly ZipEntry[]): string {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []]
  let offset = 0
  for (const { name, text, claimed = Buffer.byteLength(text) } of entries) {
    const [path, packed] = [Buffer.from(name), deflateRawSync(text)]
    const about = Buffer.alloc(26)
    about.writeUInt16LE(20, 0) // version that is needed
    about.writeUInt16LE(0x800, 2) // the name is UTF-8
    about.writeUInt16LE(8, 4) // deflated
    about.writeUInt32LE(crc32(text), 10)
    about.writeUInt32LE(packed.length, 14)
    about.writeUInt32LE(claimed, 18)
    about.writeUInt16LE(path.length, 22)
    const [place, rest] = [Buffer.alloc(4), Buffer.alloc(10)]
    place.writeUInt32LE(offset)
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), about, path, packed])
    files.push(file)
    directory.push(Buffer.from('PK\x01\x02\x14\0'), about, rest, place, path)
    offset += file.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...files, listed, end]).toString('base64')
}

/** As zip archives have it (APPNOTE.TXT, 4.4.7); Node.js has its own from 20.15 on. */
function crc32 (text: string): number {
  let crc = -1
  for (const byte of Buffer.from(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}
