/** A real launch: driver, browser, one session, and all of it ended again. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { LocalBrowser } from '../config/browsers.js'
import { childEnvironment, display } from '../config/environment.js'
import type { Config } from '../config/schema.js'
import type { Check, Patient } from './check.js'

const name = 'launch'

export async function launchCheck ({ config, found }: Patient): Promise<Check[]> {
  const browser = found.browsers.find(browser => browser.browserName === config.pool.browser)
  if (browser === undefined) return [{ name, status: 'fail', found: 'no browser to launch', remedy: 'see the lines on browsers' }]
  const begin = performance.now()
  try {
    await launch(browser, config)
    return [{ name, status: 'ok', found: `${browser.browserName} ${browser.version} opened a session and ended it in ${Math.round(performance.now() - begin)} ms` }]
  } catch (error) {
    const { message, cause } = error as Error
    return [{ name, status: 'fail', found: `${browser.browserName} ${browser.version}: ${cause instanceof Error ? cause.message : message}`, remedy: `run ${browser.binary} --headless=new --version and look for missing libraries` }]
  }
}

async function launch (browser: LocalBrowser, config: Config): Promise<void> {
  const signal = AbortSignal.timeout(config.pool.launchTimeout)
  // A process group and a folder of their own, so that the browser and what it writes go with the driver whatever happens.
  const folder = await mkdtemp(join(tmpdir(), 'tggrid-doctor-'))
  const env = childEnvironment([...browser.environment, `TMPDIR=${folder}`])
  const driver = spawn(browser.driver, ['--port=0', ...browser.driverArgs], { detached: true, env, stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const port = await portOf(driver, signal)
    const session = await open(`http://127.0.0.1:${port}/session`, capabilities(browser, config), signal)
    await fetch(`http://127.0.0.1:${port}/session/${session}`, { method: 'DELETE', signal })
  } finally {
    await end(driver)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

// chromedriver, with --port=0: "ChromeDriver was started successfully on port 41733."
async function portOf (driver: ChildProcess, signal: AbortSignal): Promise<string> {
  const failed = new Promise<never>((_resolve, reject) => {
    driver.once('error', reject)
    driver.once('exit', code => reject(new Error(`the driver ended with code ${code} before it listened`)))
    signal.addEventListener('abort', () => reject(new Error('the driver did not say its port in time')), { once: true })
  })
  const said = async (): Promise<string> => {
    if (driver.stdout !== null) {
      for await (const line of createInterface({ input: driver.stdout })) {
        const port = /successfully on port (\d+)/.exec(line)?.[1]
        if (port !== undefined) return port
      }
    }
    return await failed
  }
  return await Promise.race([said(), failed])
}

function capabilities (browser: LocalBrowser, { chromium }: Config): object {
  const headless = chromium.headless === true || (chromium.headless === 'auto' && display() === null)
  const unsafe = chromium.sandbox === false || (chromium.sandbox === 'auto' && process.getuid?.() === 0)
  const args = [...headless ? ['--headless=new'] : [], ...unsafe ? ['--no-sandbox'] : [], ...chromium.args]
  return { alwaysMatch: { browserName: browser.browserName, 'goog:chromeOptions': { binary: browser.binary, args } } }
}

async function open (url: string, capabilities: object, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ capabilities }), signal })
  const { value } = await answer.json() as { value: { sessionId?: string, message?: string } }
  if (value.sessionId === undefined) throw new Error(value.message?.split('\n')[0] ?? `the driver answered ${answer.status}`)
  return value.sessionId
}

async function end (driver: ChildProcess): Promise<void> {
  if (driver.pid === undefined) return
  const gone = driver.exitCode !== null || driver.signalCode !== null ? Promise.resolve() : once(driver, 'exit')
  try {
    process.kill(-driver.pid, 'SIGKILL')
  } catch {}
  await gone
}
