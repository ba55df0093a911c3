#!/usr/bin/env node
/** The command line: reads as `tggrid [command] [flags]`. */
import './tuning.js'
import { readFileSync } from 'node:fs'
import { run } from './cli/program.js'
import type { StartGrid } from './cli/run-grid.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

/** What a grid is made of takes a second to load, which other commands can do without. */
const start: StartGrid = async (...given) => await (await import('./assemble.js')).start(...given)

// Not `process.exitCode`: a grid that has stopped must not be kept alive by a handle that it forgot.
process.exit(await run(process.argv.slice(2), version, start))
