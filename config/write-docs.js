/** `npm run docs`: writes the pages that are made from the program. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { configurationPage } from '../dist/src/config/docs.js'

const folder = new URL('../docs/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('configuration.md', folder), configurationPage())
