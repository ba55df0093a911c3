/** Follows the extensions behind a chunk's size (RFC 9112, §7.1.1): `;name`, `;name=token` or `;name="text"`, without white space. */
import { isTokenByte } from './token.js'

/** `name` and `value` have at least one byte; `named` and `valued` may end here. */
type Place = 'name' | 'named' | 'value' | 'valued' | 'quoted' | 'escaped' | 'quoted end'

const SEMICOLON = 59
const EQUALS = 61
const QUOTE = 34
const BACKSLASH = 92

export class ChunkExtensions {
  #place: Place = 'name'

  /** Whether the line may end here. */
  get complete (): boolean {
    return this.#place === 'named' || this.#place === 'valued' || this.#place === 'quoted end'
  }

  /** Behind a semicolon. */
  begin (): void {
    this.#place = 'name'
  }

  /** Whether this byte may come next. */
  take (byte: number): boolean {
    const next = this.#next(byte)
    if (next !== undefined) this.#place = next
    return next !== undefined
  }

  #next (byte: number): Place | undefined {
    const isToken = isTokenByte[byte] === 1
    switch (this.#place) {
      case 'name': return isToken ? 'named' : undefined
      case 'named': return isToken ? 'named' : byte === EQUALS ? 'value' : byte === SEMICOLON ? 'name' : undefined
      case 'value': return byte === QUOTE ? 'quoted' : isToken ? 'valued' : undefined
      case 'valued': return isToken ? 'valued' : byte === SEMICOLON ? 'name' : undefined
      case 'quoted': return byte === QUOTE ? 'quoted end' : byte === BACKSLASH ? 'escaped' : isText(byte) ? 'quoted' : undefined
      case 'escaped': return isText(byte) ? 'quoted' : undefined
      case 'quoted end': return byte === SEMICOLON ? 'name' : undefined
    }
  }
}

/** Visible ASCII, space and tab. */
function isText (byte: number): boolean {
  return byte === 9 || (byte >= 32 && byte < 127)
}
