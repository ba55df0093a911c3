/** What was asked for could not be done: told in one sentence, without a stack, and with exit code 1. */
export class Failure extends Error {
  override readonly name = 'Failure'
}
