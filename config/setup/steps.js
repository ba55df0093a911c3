/** What every step of the set-up uses: where the project is, telling, running. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Why the set-up cannot go on: one sentence, and what the failed program printed. */
export class Problem extends Error {
  constructor (sentence, output = '') {
    super(sentence)
    this.output = output.trimEnd().split('\n').slice(-20).join('\n')
  }
}

/** Says what is begun and, with the time that it took, that it is done. On stderr: stdout belongs to the program that is started. */
export async function step (name, work) {
  const begin = performance.now()
  console.error(`set-up: ${name} …`)
  const result = await work()
  console.error(`set-up: ${name}: done in ${((performance.now() - begin) / 1000).toFixed(1)} s`)
  return result
}

/**
 * Runs a program to its end; its output is kept, not shown.
 * @returns {Promise<{code: number | null, output: string}>} code null when it could not be run
 */
export function run (command, args, environment = {}) {
  return new Promise(resolve => {
    let output = ''
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = chunk => { output += chunk }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.once('error', error => resolve({ code: null, output: error.message }))
    child.once('close', code => resolve({ code, output }))
  })
}

/** Whether a program failed because it reached nobody. */
export function isOffline (output) {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|Temporary failure resolving|Could not resolve|Failed to fetch|NewConnectionError|Failed to establish/i.test(output)
}
