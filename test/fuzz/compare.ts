/** One case: the same bytes to the edge and to Node's strict parser, and what they have to agree on. */
import { MemoryEdge } from './memory-edge.js'
import { mutate } from './mutate.js'
import { NodeParser, type Read } from './node-parser.js'
import { Random } from './random.js'
import { requests } from './requests.js'

/** Why the edge refuses what Node takes: it is to be as strict as the specification, or does not serve it at all. */
const stricter = [
  /the method is none of/, // TRACE, CONNECT and the like have no place here
  /target is not a path/, // absolute and asterisk form, bytes beyond ASCII
  /only HTTP\/1\.1 and HTTP\/1\.0/,
  /two Host headers/, // RFC 9112, §3.2
  /several Content-Length/, // also when they are the same
  /Content-Length is no number/, // 16 digits and more
  /transfer coding other than chunked/,
  /several Transfer-Encoding/,
  /Transfer-Encoding in HTTP\/1\.0/,
  /both Content-Length and Transfer-Encoding/,
  /a body in a request for a WebSocket/,
  /Expect can be 100-continue only/, // RFC 9110, §10.1.1
  /Connection names/, // hop-by-hop smuggling
  /a bare (LF|CR) in the head/, // llhttp forgives some
  /request line is not method, target, version/,
  /a chunk's (size|line)/, // white space behind a size, bare LF
  /a chunk extension that is none/,
  /control character in a trailer/,
  /a trailer that is no header/,
  /as a trailer$/, // RFC 9110, §6.5.1
  /header's value has a byte/,
  /a folded header line/,
  /header's name is not followed/,
  /white space behind/,
  /body is longer/
]

export interface Outcome {
  /** What is wrong; undefined when both agree. */
  readonly disagreement: string | undefined
  /** What kind of case it was, for the count. */
  readonly kind: string
}

/** The bytes of a case: the same for the same seed. */
export function caseOf (seed: number): Buffer[] {
  const random = new Random(seed)
  const valid = requests(random)
  return random.split(Buffer.from(random.once(8) ? valid : mutate(valid, random), 'latin1'))
}

export async function compare (pieces: readonly Buffer[], late: boolean): Promise<Outcome> {
  const node = new NodeParser()
  const edge = new MemoryEdge(late)
  for (const piece of pieces) {
    node.take(piece)
    await edge.take(piece)
  }
  // A head that Node has refused before it is complete is refused by the edge when it is.
  if (node.refused !== undefined && edge.refused === undefined && !edge.client.ended) await edge.take(Buffer.from('\r\n\r\n'))
  const outcome = judge(node, edge)
  edge.close()
  node.free()
  return edge.open === 0 ? outcome : { disagreement: `${edge.open} requests never ended`, kind: outcome.kind }
}

function judge (node: NodeParser, edge: MemoryEdge): Outcome {
  const found = (disagreement: string): Outcome => ({ disagreement, kind: 'disagreement' })
  if (edge.damage !== undefined) return found(`what the edge sent on is refused by Node: ${edge.damage}`)
  for (const [i, read] of edge.requests.entries()) {
    const other = node.requests[i]
    if (node.requests[i - 1]?.foreign === true) break
    if (read.complete && other?.complete !== true) return found(`request ${i + 1} is complete for the edge, not for Node (${node.refused ?? 'which waits'})`)
    if (other !== undefined && !same(read, other)) return found(`request ${i + 1} is ${show(read)} for the edge, ${show(other)} for Node`)
  }
  if (node.requests.at(-1)?.foreign === true) return { disagreement: undefined, kind: 'another protocol' }
  if (edge.refused !== undefined) return refusal(node, edge.refused)
  if (node.refused !== undefined) return edge.client.ended ? { disagreement: undefined, kind: 'closed before' } : found(`Node refuses (${node.refused}), the edge does not`)
  const complete = node.requests.filter(read => read.complete).length
  if (edge.requests.filter(read => read.complete).length !== complete) return found(`Node has read ${complete} requests, the edge ${edge.requests.length}`)
  return { disagreement: undefined, kind: 'both accept' }
}

function refusal (node: NodeParser, why: string): Outcome {
  if (node.refused !== undefined) return { disagreement: undefined, kind: 'both refuse' }
  const reason = stricter.find(reason => reason.test(why))
  return reason === undefined ? { disagreement: `the edge refuses (${why}), Node does not`, kind: 'disagreement' } : { disagreement: undefined, kind: `only the edge refuses: ${reason.source}` }
}

/** Where one of the two still waits, what it has of the body is the beginning of what the other has. */
function same (a: Read, b: Read): boolean {
  if (a.method !== b.method || a.target !== b.target) return false
  return a.complete && b.complete ? a.body === b.body : a.body.startsWith(b.body) || b.body.startsWith(a.body)
}

function show ({ method, target, body, complete }: Read): string {
  return `${method} ${target} with ${complete ? '' : 'so far '}${JSON.stringify(body.slice(0, 80))}`
}
