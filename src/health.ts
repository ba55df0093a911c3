#!/usr/bin/env node
/**
 * The health check of tggrid's image: whether the process beside it answers, whatever its role, and with --ready whether it takes sessions.
 * Only the first is a reason to start it again: a router without agents, or an agent that finishes its last sessions, does what it should.
 */
import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { Command } from 'commander'
import { addOptions, inputsOf } from './cli/options.js'
import { loadConfig } from './config/load.js'
import type { Config } from './config/schema.js'
import { connectTo, nameOf, trustOf, type Place, type Trust } from './link/trust.js'

/** Of Docker's check (Dockerfile), less the start of this process; in milliseconds. */
const deadline = 4000

const config = configured(argumentsOf('/proc/1/cmdline'))
const place = placeToAsk(config)
try {
  // Only agents ask who is there: routers' clients need no secret for this path.
  const status = await ask(place, config.role === 'agent' ? trustOf(config.grid) : { by: 'none' })
  console.log(`${nameOf(place)} answers ${status}`)
  process.exit(!process.argv.includes('--ready') || status === 200 ? 0 : 1)
} catch (error) {
  console.error(`${nameOf(place)} does not answer: ${(error as Error).message}`)
  process.exit(1)
}

/** A check has its container's environment, but not the arguments that its first process was given. */
function argumentsOf (file: string): string[] {
  const words = existsSync(file) ? readFileSync(file, 'utf8').split('\0').slice(0, -1) : []
  const program = words.findIndex(word => /(^|\/)(main\.js|tggrid)$/.test(word))
  return program < 0 ? [] : words.slice(program + 1)
}

function configured (words: readonly string[]): Config {
  const program = addOptions(new Command().argument('[command]'))
  program.parse(words, { from: 'user' })
  const { file = null, flags = {} } = inputsOf(program)
  const role = program.args[0]
  return loadConfig({ file, flags: { ...flags, ...role === 'router' || role === 'agent' ? { role: [role] } : {} } }).config
}

function placeToAsk ({ role, listen, grid }: Config): Place {
  const { hubPort, apiPort, poolPort } = listen
  return role === 'agent' ? local(grid.host, grid.port) : local(listen.host, hubPort ?? apiPort ?? poolPort)
}

function local (host: string, port: number | null): Place {
  const every: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1', '[::]': '::1' }
  return { host: every[host] ?? host, port: port ?? 0 }
}

/** @returns the status of its answer */
function ask (place: Place, trust: Trust): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ path: '/readyz', headers: { Host: 'localhost' }, createConnection: () => connectTo(place, trust), signal: AbortSignal.timeout(deadline) }, answer => resolve(answer.statusCode ?? 0))
      .on('error', reject).end()
  })
}
