/**
 * A private Docker engine for tests, beside whatever the machine has: its own data, socket, bridge and addresses, all under one folder.
 *   node config/engine.js start FOLDER            prints the socket's address
 *   node config/engine.js base SOCKET             makes the image that the Dockerfile begins with, without a registry
 *   node config/engine.js image SOCKET TARGET…    builds targets of the Dockerfile as tggrid/TARGET
 *   node config/engine.js stop FOLDER             ends it and removes all that it made
 * Plain JavaScript without dependencies, as the set-up is: it runs before anything is built.
 */
import { main } from './engine/main.js'

process.exitCode = await main(process.argv.slice(2))
