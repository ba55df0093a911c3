/** The hosts of a grid, for those who run it: what is believed of each, and draining. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { AgentStatus, RemoteEnd } from '../protocol/remote-end.js'
import { ApiError } from './errors.js'

/** How agents are drained, by their ids or names. */
export interface Draining {
  /** No new sessions there; running ones get so long, in milliseconds. Undefined takes the usual time. @returns false when there is no such agent */
  begin (agent: string, grace: number | undefined): Promise<boolean>
  /** New sessions again. @returns false when the agent is about to end, undefined when there is no such agent */
  undo (agent: string): Promise<boolean | undefined>
}

export interface AgentsOptions {
  readonly remote: RemoteEnd
  readonly draining: Draining
  /** What whoever drains has to know, as Selenium Grid's `X-REGISTRATION-SECRET`; null where everybody may who gets this far. */
  readonly secret: string | null
  /** Whether nobody has to log in. */
  readonly open: boolean
}

const wish = z.looseObject({ grace: z.number().min(0).max(2_147_483).optional().describe('Seconds that running sessions get') }).nullish()
const one = z.object({ agent: z.string().describe('Id or name of an agent') })
const tags = ['agents']

/** `GET /api/agents`, `POST /api/agents/{id or name}/drain` and `undrain`, and Selenium Grid's way to drain. */
export const agents: FastifyPluginAsyncZod<AgentsOptions> = async (app, options) => {
  app.get('/api/agents', { schema: { tags, summary: 'What is believed of each agent, and how old that is' } }, async () => ({ agents: options.remote.status().agents.map(described) }))
  app.post('/api/agents/:agent/drain', { schema: { tags, summary: 'No new sessions there (header X-Registration-Secret)', params: one, body: wish } }, async request => {
    requireSecret(request, options)
    return await drained(request.params.agent, request.body?.grace, options)
  })
  app.post('/api/agents/:agent/undrain', { schema: { tags, summary: 'New sessions there again (header X-Registration-Secret)', params: one } }, async request => {
    requireSecret(request, options)
    return await undrained(request.params.agent, options)
  })
  app.post('/se/grid/distributor/node/:agent/drain', { schema: { hide: true, params: one } }, async request => {
    requireSecret(request, options)
    return await drained(request.params.agent, undefined, options)
  })
}

/** For those who have shown the secret by their connection. */
export function trustedDrain (app: FastifyInstance, options: AgentsOptions): void {
  app.post<{ Params: { agent: string }, Body: { grace?: number } | undefined }>('/grid/agents/:agent/drain', async ({ params, body }) => await drained(params.agent, body?.grace, options))
  app.post<{ Params: { agent: string } }>('/grid/agents/:agent/undrain', async ({ params }) => await undrained(params.agent, options))
}

async function drained (agent: string, grace: number | undefined, { remote, draining }: AgentsOptions): Promise<object> {
  if (await draining.begin(agent, grace === undefined ? undefined : grace * 1000)) return { draining: agent }
  throw unknown(agent, remote)
}

async function undrained (agent: string, { remote, draining }: AgentsOptions): Promise<object> {
  const undone = await draining.undo(agent)
  if (undone === undefined) throw unknown(agent, remote)
  if (!undone) throw new ApiError(409, 'stopping', `agent ${JSON.stringify(agent)} was told to stop, which cannot be undone: start it again`)
  return { undrained: agent }
}

function unknown (agent: string, remote: RemoteEnd): ApiError {
  const names = remote.status().agents.map(({ name }) => name).sort()
  return new ApiError(404, 'unknown agent', `there is no agent ${JSON.stringify(agent)}; there are ${names.join(', ') || 'none'}`)
}

function described ({ browsers, devtools, ...agent }: AgentStatus): object {
  const offers = browsers.map(({ browserName, browserVersion, playwright }) => playwright === undefined ? `${browserName} ${browserVersion}` : `${browserName} ${browserVersion} (Playwright ${playwright})`)
  return { ...agent, labels: browsers[0]?.labels ?? {}, browsers: offers }
}

/** @throws ApiError 403 */
function requireSecret (request: FastifyRequest, { secret, open }: AgentsOptions): void {
  if (secret === null && open) return
  const shown = request.headers['x-registration-secret']
  if (secret !== null && typeof shown === 'string' && timingSafeEqual(digest(shown), digest(secret))) return
  throw new ApiError(403, 'forbidden', secret === null ? 'draining needs grid.secret to be configured' : 'draining needs the grid\'s secret in the header X-Registration-Secret')
}

function digest (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
