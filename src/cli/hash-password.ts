/** `tggrid hash-password`: a password from the standard input, its hash to the standard output. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { hashPassword } from '../api/password-hash.js'
import { Failure } from './failure.js'

export async function printHash (): Promise<void> {
  const password = process.stdin.isTTY ? await ask('Password: ') : await firstLine()
  if (password === '') throw new Failure('no password was given on the standard input; try: echo secret | tggrid hash-password')
  console.log(await hashPassword(password))
}

async function firstLine (): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  const first = await lines[Symbol.asyncIterator]().next()
  lines.close()
  return first.done === true ? '' : first.value
}

// What is typed is not shown: readline echoes to a stream that drops it.
async function ask (prompt: string): Promise<string> {
  process.stderr.write(prompt)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  try {
    return await new Promise<string>(resolve => lines.once('line', resolve).once('close', () => resolve('')))
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
