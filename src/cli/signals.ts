/** From the first signal to the last: stop with grace, or at once. */
import type { Logger } from 'pino'
import type { Grid } from './run-grid.js'

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
type Signal = keyof typeof exitCodes

/**
 * Starts a grid, waits for SIGTERM or SIGINT, and stops it. A second signal ends everything at once.
 * @param graceMs how long running sessions get
 */
export async function untilStopped (log: Logger, graceMs: number, start: () => Promise<Grid>): Promise<void> {
  const stop = new AbortController()
  let grid: Grid | null = null
  let twice = false
  const kill = () => grid?.kill(twice)
  const onSignal = (signal: Signal) => {
    // Selenoid's users send SIGHUP to reload; a closed terminal sends it too, and then nobody is left to stop us.
    if (signal === 'SIGHUP' && !process.stdout.isTTY) return log.info('SIGHUP: nothing is reloaded; restart to apply changes')
    if (stop.signal.aborted) {
      twice = true
      process.exit(exitCodes[signal])
    }
    log.info(`${signal}: stopping; running sessions get ${graceMs / 1000} s. Once more ends them at once`)
    stop.abort()
  }
  // Also after an uncaught error: no browser outlives us.
  process.once('exit', kill)
  for (const signal of Object.keys(exitCodes)) process.on(signal, onSignal)
  try {
    grid = await start()
    if (!stop.signal.aborted) await new Promise(resolve => stop.signal.addEventListener('abort', resolve, { once: true }))
    await grid.stop(graceMs)
    log.info('stopped')
  } finally {
    for (const signal of Object.keys(exitCodes)) process.off(signal, onSignal)
    kill()
    process.off('exit', kill)
  }
}
