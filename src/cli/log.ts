/** The log: pretty for people, JSON for programs. */
import { destination, pino, type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config/schema.js'

/** JSON is written in the background: a reader who is slow, or has stopped reading, must not keep sessions waiting. For such a one 64 MiB are kept, and nothing beyond. */
const background = { fd: 1, sync: false, minLength: 1, maxLength: 64 * 2 ** 20 }

/** `auto` is pretty when standard output is a terminal. */
export function createLog ({ level, format }: Config['log']): Logger {
  const { isTTY } = process.stdout
  if (format === 'json' || (format === 'auto' && !isTTY)) return pino({ level, base: null }, destination(background))
  return pino({ level, base: null }, pretty({
    colorize: isTTY,
    destination: process.stdout,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true
  }))
}

/** Resolves when all lines are out. */
export function flushed (log: Logger): Promise<void> {
  return new Promise(resolve => log.flush(() => resolve()))
}
