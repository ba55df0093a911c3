/**
 * What Chrome's driver takes for a browser that it has launched, and is a view of one that is shared: a process that does nothing, with DevTools at a
 * port that the driver is told beforehand. So a driver does what it refuses to do for a browser that it is only attached to: emulate a mobile device.
 */
import { fileURLToPath } from 'node:url'
import type { Capabilities } from '../../protocol/capabilities.js'
import { killNow, startedAt } from '../processes.js'

/** It is no module, and stays where its source is. */
const program = fileURLToPath(new URL('../../../../src/runtime/context/stand-in', import.meta.url))

/** Of `goog:chromeOptions`. @param port of the view */
export function standIn (port: number): { readonly binary: string, readonly args: readonly string[] } {
  return { binary: program, args: [`--remote-debugging-port=${port}`] }
}

/** @param capabilities the driver's answer @returns ends the process that stands in, if it is still there: the driver waits for that */
export function endOf (capabilities: Capabilities): () => void {
  const pid = Number(capabilities['goog:processID'])
  const started = startedAt(pid)
  return () => { if (started !== undefined && startedAt(pid) === started) killNow(pid) }
}
