/** The REST API's sessions: create, list, show, delete. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Capabilities } from '../protocol/capabilities.js'
import { candidatesOf } from '../protocol/candidates.js'
import { isolationNames } from '../protocol/context.js'
import { noMatch, pick } from '../protocol/matching.js'
import { launchOptions } from '../protocol/playwright.js'
import { playwrightCandidate } from '../protocol/playwright-candidate.js'
import { reachedBy } from '../protocol/reached-by.js'
import type { Door, RemoteEnd, Session, Status } from '../protocol/remote-end.js'
import { ApiError } from './errors.js'
import { endUnlessAnswered, own, sessionsOf } from './webdriver.js'

const wish = z.looseObject({
  browser: z.string().min(1).describe('Name of a browser on offer, such as `chrome`'),
  version: z.string().optional().describe('Version, or its first parts; the newest when absent'),
  vncEnabled: z.boolean().optional().describe('Whether its windows are to be on a display, where there is one'),
  capabilities: z.record(z.string(), z.unknown()).optional().describe('Further WebDriver capabilities, such as `goog:chromeOptions`'),
  isolation: z.enum(isolationNames).optional().describe('What is replaced between it and the next session: `container` or `process` (a browser of its own), or `context` (in a browser that it shares with your others)'),
  protocol: z.enum(['webdriver', 'playwright']).optional().describe('Who opens it: a WebDriver driver (the default; DevTools works too), or Playwright'),
  playwrightVersion: z.string().optional().describe('Major and minor of your Playwright, such as `1.65`; the newest when absent'),
  launchOptions: z.record(z.string(), z.unknown()).optional().describe('Of Playwright, such as `args` and `headless`')
})

const session = z.object({
  id: z.string(),
  browser: z.string(),
  browserVersion: z.string(),
  webdriverUrl: z.string().optional().describe('Hub URL for a WebDriver client: its New Session takes over this session'),
  bidiUrl: z.string().optional().describe('WebSocket of WebDriver BiDi, when it was asked for with `webSocketUrl: true`'),
  cdpUrl: z.string().optional().describe('WebSocket of the browser\'s DevTools'),
  devtoolsUrl: z.string().optional().describe('HTTP address of DevTools, for `connectOverCDP` and `browserURL`'),
  playwrightUrl: z.string().optional().describe('WebSocket for Playwright\'s `connect`'),
  vncUrl: z.string().optional().describe('WebSocket of its display, for noVNC'),
  isolation: z.enum(isolationNames).optional().describe('What it is'),
  isolationReason: z.string().optional().describe('Why it is not what was asked for'),
  startupTime: z.number().describe('From request to open session, in milliseconds'),
  poolHit: z.boolean().describe('Whether it was open before it was asked for'),
  createdAt: z.string().describe('RFC 3339')
})

const failure = z.object({ error: z.string(), message: z.string() })
const failures = { 400: failure, 401: failure, 403: failure, 404: failure, 428: failure, 503: failure }
const one = z.object({ id: z.string() })
const tags = ['sessions']

export interface SessionsOptions {
  readonly remote: RemoteEnd
}

/** `/api/sessions…`; sessions of other users are not there for a request. */
export const sessions: FastifyPluginAsyncZod<SessionsOptions> = async (app, { remote }) => {
  app.post('/create', { schema: { tags, summary: 'Open a session', body: wish, response: { 200: z.object({ session }), ...failures } } }, async (request, reply) => {
    const made = await create(request, reply, remote, request.body)
    return { session: describe(made, request) }
  })
  app.get('/', { schema: { tags, summary: 'List your sessions', response: { 200: z.object({ sessions: z.array(session) }), ...failures } } }, async request =>
    ({ sessions: (await sessionsOf(request, remote)).map(live => describe(live, request)) }))
  app.get('/:id', { schema: { tags, summary: 'Show a session', params: one, response: { 200: z.object({ session }), ...failures } } }, async request =>
    ({ session: describe(own(request, remote), request) }))
  app.delete('/:id', { schema: { tags, summary: 'End a session', params: one, response: { 200: z.object({ success: z.boolean() }), ...failures } } }, async request => {
    const { id } = own(request, remote)
    await remote.endSession(id, 'deleted')
    return { success: true }
  })
}

async function create (request: FastifyRequest, reply: FastifyReply, remote: RemoteEnd, wished: z.infer<typeof wish>): Promise<Session> {
  const status = remote.status()
  const candidates = candidatesFor(wished, status)
  const offers = status.agents.flatMap(({ browsers }) => browsers)
  if (pick(candidates, offers) === undefined) throw new ApiError(400, 'unknown browser', noMatch(candidates, offers).message)
  const made = await remote.newSession({ candidates, user: request.user, askedAt: request.askedAt, signal: request.gone, claimable: true })
  endUnlessAnswered(made, reply, remote)
  return made
}

function candidatesFor ({ browser, version, vncEnabled, isolation, capabilities = {}, protocol, playwrightVersion, launchOptions: options = {} }: z.infer<typeof wish>, status: Status): Capabilities[] {
  const alwaysMatch: Capabilities = { ...capabilities, browserName: browser, ...version === undefined ? {} : { browserVersion: version }, ...vncEnabled === true ? { 'se:vncEnabled': true } : {}, ...isolation === undefined ? {} : { 'tggrid:options': { ...capabilities['tggrid:options'] as object, isolation } } }
  const candidates = candidatesOf({ capabilities: { alwaysMatch } })
  if (protocol !== 'playwright') return candidates
  return candidates.map(wish => playwrightCandidate({ browser, version: playwrightVersion, options: launchOptions(options), wish }, status))
}

function describe ({ id, browserName, browserVersion, doors, isolation, isolationReason, startupTime, poolHit, createdAt }: Session, request: FastifyRequest): z.infer<typeof session> {
  const { http, ws } = reachedBy(request.headers)
  const own = `${ws}/session/${id}`
  const has = (door: Door): boolean => doors.includes(door)
  return {
    id,
    browser: browserName,
    browserVersion,
    ...has('webdriver') ? { webdriverUrl: `${http}/api/sessions/${id}/webdriver` } : {},
    ...has('bidi') ? { bidiUrl: own } : {},
    ...has('cdp') ? { cdpUrl: `${own}/se/cdp`, devtoolsUrl: `${http}/session/${id}/se/cdp` } : {},
    ...has('vnc') ? { vncUrl: `${own}/se/vnc` } : {},
    ...has('playwright') ? { playwrightUrl: `${own}/se/playwright` } : {},
    ...isolation === undefined ? {} : { isolation },
    ...isolationReason === undefined ? {} : { isolationReason },
    startupTime,
    poolHit,
    createdAt: createdAt.toISOString()
  }
}
