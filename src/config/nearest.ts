/** "Did you mean …": the known name that is nearest to a mistyped one. */

/**
 * @param known names or dotted paths; a path is near when its last part is
 * @returns null when nothing is near enough to be what was meant
 */
export function nearest (name: string, known: Iterable<string>): string | null {
  let best: string | null = null
  let least = Infinity
  for (const candidate of known) {
    const steps = Math.min(distance(plain(name), plain(candidate)), distance(plain(last(name)), plain(last(candidate))) + 0.5)
    if (steps < least) [best, least] = [candidate, steps]
  }
  return least <= Math.max(1, last(name).length * 0.4) ? best : null
}

/** `; did you mean X?`, or nothing. */
export function didYouMean (name: string, known: Iterable<string>): string {
  const found = nearest(name, known)
  return found === null ? '' : `; did you mean ${found}?`
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
const last = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

// Levenshtein's distance, one row at a time.
function distance (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
