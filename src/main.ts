#!/usr/bin/env node
/** The command line: reads as `tggrid [command] [flags]`. */
import './tuning.js'
import { readFileSync } from 'node:fs'
import { start } from './assemble.js'
import { run } from './cli/program.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

// Not `process.exitCode`: a grid that has stopped must not be kept alive by a handle that it forgot.
process.exit(await run(process.argv.slice(2), version, start))
