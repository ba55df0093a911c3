/** What `--version` of a browser or a driver says. */
import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'

/** Asks each file once, as long as it stays the same file. */
export class Versions {
  readonly #known = new Map<string, Promise<string>>()

  /** @throws Error that names the file, when it does not exist, does not run, or says no version */
  async of (file: string): Promise<string> {
    const key = await identity(file)
    const known = this.#known.get(key) ?? ask(file)
    this.#known.set(key, known)
    return await known
  }
}

/** `156` of `156.0.8078.79`. */
export function major (version: string): string {
  return version.split('.')[0] ?? version
}

async function identity (file: string): Promise<string> {
  try {
    const { mtimeMs, size } = await stat(file)
    return `${file} ${mtimeMs} ${size}`
  } catch {
    throw new Error(`${file} does not exist`)
  }
}

/** A browser that hangs on so small a question is of no use; in milliseconds. */
const patience = 10_000

function ask (file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, ['--version'], { timeout: patience }, (error, stdout, stderr) => {
      // Only stdout counts: Debian's launcher script prints warnings of its shell, with numbers in them, on stderr.
      const version = /\d+(\.\d+){3}/.exec(stdout)?.[0] ?? /\d+(\.\d+)+/.exec(stdout)?.[0]
      if (error === null && version !== undefined) resolve(version)
      else reject(new Error(`${file} does not run: ${reason(error, stdout + stderr)}`))
    })
  })
}

function reason (error: Error | null, output: string): string {
  // Ubuntu's packages chromium-browser and chromium-chromedriver hold only a script that says this.
  if (/snap/i.test(output)) return 'it stands for a snap package that is not installed'
  const line = output.trim().split('\n')[0]
  if (line !== undefined && line !== '') return line
  return error === null ? 'it says no version' : error.message.split('\n')[0] ?? ''
}
