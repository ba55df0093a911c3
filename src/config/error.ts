/** The configuration cannot be used. Each problem says what, which, why, and what is allowed; all are told at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  readonly problems: readonly string[]

  constructor (problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
