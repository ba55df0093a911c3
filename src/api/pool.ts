/** The pool's own endpoints: `GET /metrics` and `POST /prewarm`. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { RemoteEnd } from '../protocol/remote-end.js'
import type { Counts } from './counts.js'
import { ApiError } from './errors.js'

/** Keeps so many browsers of a name open from now on; resolves with how many are, once they are or cannot be. Undefined: no such browser. */
export type Prewarm = (browser: string, count: number, signal: AbortSignal) => Promise<number | undefined>

export interface PoolApiOptions {
  readonly counts: Counts
  readonly prewarm: Prewarm
  readonly remote: RemoteEnd
}

const wish = z.looseObject({
  count: z.int().min(0).max(10_000).describe('Browsers to keep open and ready'),
  browserType: z.string().optional().describe('Name of the browser; the default one when absent')
})

export const pool: FastifyPluginAsyncZod<PoolApiOptions> = async (app, { counts, prewarm, remote }) => {
  const tags = ['pool']
  app.get('/metrics', { schema: { tags, summary: 'Numbers: JSON, or Prometheus text when the Accept header asks for it' } }, async (request, reply) => {
    if (!wantsText(request.headers.accept)) return counts.json()
    return await reply.type(counts.registry.contentType).send(await counts.registry.metrics())
  })
  const failure = z.object({ error: z.string(), message: z.string() })
  app.post('/prewarm', { schema: { tags, summary: 'Keep browsers open', body: wish, response: { 200: z.object({ warmed: z.int() }), 400: failure, 401: failure } } }, async request => {
    const { count, browserType = browserNames(remote)[0] ?? '' } = request.body
    const warmed = await prewarm(browserType, count, request.gone)
    if (warmed === undefined) throw new ApiError(400, 'unknown browser', `there is no browser ${JSON.stringify(browserType)}; this grid offers ${browserNames(remote).join(', ')}`)
    return { warmed }
  })
}

/** What can be kept open: what WebDriver's clients get. */
function browserNames (remote: RemoteEnd): string[] {
  const offers = remote.status().agents.flatMap(({ browsers }) => browsers)
  return [...new Set(offers.filter(({ playwright }) => playwright === undefined).map(({ browserName }) => browserName))]
}

/** Whether a client such as Prometheus asks for its text format rather than for JSON. */
function wantsText (accept = ''): boolean {
  return /text\/plain|application\/openmetrics-text/.test(accept) && !/application\/json/.test(accept)
}
