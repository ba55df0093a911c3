/** What Selenium's clients send as an upload: a zip archive of exactly one file. */
import { buffer } from 'node:stream/consumers'
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl'
import { WebDriverError } from '../protocol/errors.js'
import type { UploadedFile } from '../protocol/files.js'

/** The archive's one file. @param longest most bytes that it may have @throws WebDriverError `invalid argument` that says what is wrong with it */
export async function fileIn (archive: Buffer, longest: number): Promise<UploadedFile> {
  const zip = await read(archive)
  const entry = await onlyFile(zip)
  const name = entry.fileName.slice(entry.fileName.lastIndexOf('/') + 1)
  if (name === '.' || /[\p{Cc}\ufffd]/u.test(name)) throw invalid(`the name of the file is none: ${JSON.stringify(name)}`)
  if (entry.uncompressedSize > longest) throw invalid(`${name} is longer than ${longest} bytes (bodyLimit)`)
  try {
    return { name, bytes: await buffer(await zip.openReadStreamPromise(entry)) } // more than is announced is refused
  } catch (error) {
    throw invalid(`${name} cannot be unpacked: ${(error as Error).message}`)
  }
}

async function read (archive: Buffer): Promise<ZipFile> {
  try {
    return await fromBufferPromise(archive)
  } catch (error) {
    throw invalid(`\`file\` is no zip archive in Base64: ${(error as Error).message}`)
  }
}

async function onlyFile (zip: ZipFile): Promise<Entry> {
  const files: Entry[] = []
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/') && files.push(entry) > 1) break
    }
  } catch (error) {
    throw invalid(`the archive is broken: ${(error as Error).message}`)
  }
  const [file, another] = files
  if (file === undefined || another !== undefined) throw invalid(`the archive has ${file === undefined ? 'no file' : 'several files'}; an upload is exactly one`)
  return file
}

function invalid (message: string): WebDriverError {
  return new WebDriverError('invalid argument', message)
}
