/** How a capability's value is checked, and what is said of one that is wrong. */
import { WebDriverError } from './errors.js'

/** @throws WebDriverError `invalid argument` */
export type Check = (value: unknown, name: string) => void

/** @returns the error for a value that is not what its capability has to be */
export function not (name: string, value: unknown, allowed: string): WebDriverError {
  return new WebDriverError('invalid argument', `${name} has to be ${allowed}, and is ${(JSON.stringify(value) ?? 'undefined').slice(0, 200)}`)
}

/** The words that a capability may be, to the letter. */
export function oneOf (words: readonly string[]): Check {
  return (value, name) => { if (typeof value !== 'string' || !words.includes(value)) throw not(name, value, `one of ${words.join(', ')}`) }
}
