/** Selenium's Python client, installed beside the npm packages when it is not there. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** `tap` runs at the project's root. */
const folder = join('node_modules', '.cache', 'tggrid', 'python')
const environment = { ...process.env, PYTHONPATH: [folder, process.env['PYTHONPATH'] ?? ''].join(delimiter) }

/** Why there is no Python client, or false. */
export function pythonMissing (): string | false {
  if (spawnSync('python3', ['--version']).status !== 0) return 'there is no python3'
  if (existsSync(join(folder, 'selenium'))) return false
  const { status, stderr } = spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', folder, 'selenium'], { encoding: 'utf8' })
  return status === 0 ? false : `Selenium's Python client cannot be installed: ${stderr.trim().split('\n').at(-1)}`
}

/** Why Playwright's Python client cannot be tried, or false. It is too large to be fetched for a test. @param served major and minor version */
export function pythonPlaywrightMissing (served: string): string | false {
  const { status, stdout } = spawnSync('python3', ['-c', 'from importlib.metadata import version; print(version("playwright"))'], { env: environment, encoding: 'utf8' })
  if (status !== 0) return 'there is no Playwright for Python: python3 -m pip install playwright'
  return stdout.startsWith(`${served}.`) ? false : `Playwright for Python is ${stdout.trim()}, and the grid has ${served}`
}

/** Runs a script; resolves with what it prints, rejects when it fails. */
export async function runPython (script: string, ...args: string[]): Promise<string> {
  const child = spawn('python3', ['-', ...args], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { said += text })
  child.stdin.end(script)
  const [code] = await once(child, 'close') as [number]
  if (code !== 0) throw new Error(`the script ended with ${code}`)
  return said
}
