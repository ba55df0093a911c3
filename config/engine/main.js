/** The commands of config/engine.js, and how a failure is told. */
import { resolve } from 'node:path'
import { Problem } from '../setup/steps.js'
import { makeBase } from './base.js'
import { buildImages } from './images.js'
import { startEngine } from './start.js'
import { stopEngine } from './stop.js'

const commands = {
  start: async ([folder]) => console.log(await startEngine(resolve(folder))),
  base: async ([socket]) => await makeBase(socket),
  image: async ([socket, ...targets]) => await buildImages(socket, targets),
  stop: async ([folder]) => await stopEngine(resolve(folder))
}

/**
 * @param {string[]} args a command and what it works on
 * @returns {Promise<number>} the exit code
 */
export async function main ([command, ...rest]) {
  if (!Object.hasOwn(commands, command ?? '') || rest.length === 0) {
    console.error('engine: use start FOLDER, base SOCKET, image SOCKET TARGET…, or stop FOLDER')
    return 2
  }
  try {
    await commands[command](rest)
    return 0
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.output !== '') console.error(error.output)
    console.error(`engine: ${error.message}`)
    return 1
  }
}
