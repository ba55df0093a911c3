/** Runs cases from a seed on, and says what they were. */
import { takeAnswer } from './answers.js'
import { caseOf, compare } from './compare.js'

export interface Tally {
  cases: number
  readonly kinds: Map<string, number>
  /** Whatever was wrong, with the bytes that show it. */
  readonly faults: string[]
}

/** Most faults that are kept: each is one to be looked at. */
const mostFaults = 10

export function newTally (): Tally {
  return { cases: 0, kinds: new Map(), faults: [] }
}

/** Requests of the seeds `from` to below `to`. */
export async function fuzzRequests (tally: Tally, from: number, to: number): Promise<void> {
  for (let seed = from; seed < to && tally.faults.length < mostFaults; seed++) {
    const pieces = caseOf(seed)
    const { disagreement, kind } = await compare(pieces, seed % 64 === 0).catch((error: Error) => ({ disagreement: `a crash: ${error.stack}`, kind: 'crash' }))
    tally.cases++
    tally.kinds.set(kind, (tally.kinds.get(kind) ?? 0) + 1)
    if (disagreement !== undefined) tally.faults.push(`seed ${seed}: ${disagreement}\n  ${pieces.map(piece => JSON.stringify(piece.toString('latin1'))).join('\n  ')}`)
  }
}

/** Answers of the seeds `from` to below `to`. */
export function fuzzAnswers (tally: Tally, from: number, to: number): void {
  for (let seed = from; seed < to && tally.faults.length < mostFaults; seed++) {
    tally.cases++
    try {
      const fault = takeAnswer(seed)
      if (fault !== undefined) tally.faults.push(`answer of seed ${seed}: ${fault}`)
    } catch (error) {
      tally.faults.push(`answer of seed ${seed}: a crash: ${(error as Error).stack}`)
    }
  }
}

/** From the environment, so that a case can be run again; otherwise any. */
export function firstSeed (): number {
  return Number(process.env['TGGRID_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
}

export function describeKinds ({ kinds }: Tally): string {
  return [...kinds].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${String(count).padStart(8)}  ${kind}`).join('\n')
}
