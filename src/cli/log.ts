/** The log: pretty for people, JSON for programs. */
import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'
import type { Config } from '../config/schema.js'

/** @param stream where lines go; `auto` is pretty when that is a terminal */
export function createLog ({ level, format }: Config['log'], stream: NodeJS.WriteStream = process.stdout): Logger {
  if (format === 'json' || (format === 'auto' && !stream.isTTY)) return pino({ level, base: null }, stream)
  return pino({ level, base: null }, pretty({
    colorize: stream.isTTY,
    destination: stream,
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true
  }))
}
