/** WebDriver's own session endpoints (W3C WebDriver, §8), at the root, under /wd/hub, and under a session's own webdriverUrl. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerOf } from '../protocol/answer.js'
import { candidatesOf } from '../protocol/candidates.js'
import { WebDriverError } from '../protocol/errors.js'
import { reachedBy } from '../protocol/reached-by.js'
import type { RemoteEnd, Session } from '../protocol/remote-end.js'
import { fileIn } from './archive.js'
import { ask } from './ask.js'
import type { Claims } from './claims.js'
import { gridStatus } from './status.js'

export interface WebDriverOptions {
  readonly remote: RemoteEnd
  readonly claims: Claims
  /** Longest file that is uploaded, in bytes. */
  readonly bodyLimit: number
}

interface SessionPath { Params: { id: string } }

/** Registers the endpoints under a prefix: empty, or `/wd/hub`. */
export function webdriver (app: FastifyInstance, options: WebDriverOptions): void {
  const { remote } = options
  app.post('/session', async (request, reply) => answerNewSession(request, await newSession(request, reply, remote)))
  everywhere(app, options)
  app.get('/sessions', async request => ({ value: (await sessionsOf(request, remote)).map(({ id, capabilities }) => ({ id, capabilities })) }))
}

/** What a session's `webdriverUrl` answers: New Session claims the session instead of making another. */
export function claimedWebdriver (app: FastifyInstance, options: WebDriverOptions): void {
  const { remote, claims } = options
  app.post<SessionPath>('/session', async request => {
    const session = own(request, remote)
    claims.take(session)
    return answerNewSession(request, session)
  })
  everywhere(app, options)
}

function everywhere (app: FastifyInstance, { remote, bodyLimit }: WebDriverOptions): void {
  app.delete<SessionPath>('/session/:id', async request => {
    own(request, remote)
    await remote.endSession(request.params.id, 'deleted')
    return { value: null }
  })
  app.delete<SessionPath>('/session/:id/window', (request, reply) => closeWindow(request, reply, remote))
  for (const path of ['/session/:id/se/file', '/session/:id/file']) app.post<SessionPath>(path, request => upload(request, remote, bodyLimit))
  app.get('/status', async ({ user }) => gridStatus(remote.status(), await remote.slots(), { user }))
}

/** The session that a request's path names, when it lives and is this user's. @throws WebDriverError `invalid session id`, with why it ended */
export function own (request: FastifyRequest, remote: RemoteEnd): Session {
  return ownSession((request.params as { id: string }).id, request, remote)
}

/** The same for an id from elsewhere. Another user's session is not even said to be there. */
export function ownSession (id: string, { user }: FastifyRequest, remote: RemoteEnd): Session {
  const session = remote.session(id)
  if (session.user !== user) throw new WebDriverError('invalid session id', `there is no session ${id} here`)
  return session
}

/** The living sessions of a request's user, the oldest first. */
export function sessionsOf (request: FastifyRequest, remote: RemoteEnd): Promise<Session[]> {
  return livingSessions(request.user, remote)
}

/** The same for a user from elsewhere. */
export async function livingSessions (user: string, remote: RemoteEnd): Promise<Session[]> {
  return (await remote.slots())
    .flatMap(({ slots }) => slots.flatMap(({ session }) => session === null ? [] : [session]))
    .filter(session => session.user === user)
}

async function newSession (request: FastifyRequest, reply: FastifyReply, remote: RemoteEnd): Promise<Session> {
  const session = await remote.newSession({
    candidates: candidatesOf(request.body),
    user: request.user,
    askedAt: request.askedAt,
    signal: request.gone,
    noWait: request.headers['x-selenoid-no-wait'] !== undefined
  })
  endUnlessAnswered(session, reply, remote)
  return session
}

/** A session whose answer never went out is nobody's. */
export function endUnlessAnswered (session: Session, reply: FastifyReply, remote: RemoteEnd): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) remote.endSession(session.id, 'client gone').catch(() => {}) // it has ended already
  })
}

function answerNewSession (request: FastifyRequest, session: Session): object {
  return { value: { sessionId: session.id, capabilities: answerOf(session, reachedBy(request.headers)) } }
}

/**
 * Closing the last window ends the session in the driver (W3C WebDriver, §11.2): the answer is then an empty list.
 * The request counts as in flight until its session has ended, so that the browser's exit is not taken for a crash.
 */
async function closeWindow (request: FastifyRequest<SessionPath>, reply: FastifyReply, remote: RemoteEnd): Promise<FastifyReply> {
  const { id } = own(request, remote)
  const upstream = remote.locate(id, 'webdriver')
  upstream.enter()
  try {
    const { status, body } = await ask(upstream, { method: 'DELETE', path: `${upstream.base}/window` })
    const { value } = JSON.parse(body) as { value: unknown }
    if (Array.isArray(value) && value.length === 0) await remote.endSession(id, 'windows closed').catch(() => {}) // it was slower than its browser's exit
    return await reply.code(status).type('application/json; charset=utf-8').send(body)
  } finally {
    upstream.leave()
  }
}

/** Selenium's upload, for sessions whose driver takes none. The others' come here only when they are not their user's. */
async function upload (request: FastifyRequest<SessionPath>, remote: RemoteEnd, longest: number): Promise<{ value: string }> {
  const upstream = remote.locate(own(request, remote).id, 'webdriver')
  const { file } = (request.body ?? {}) as { file?: unknown }
  if (typeof file !== 'string') throw new WebDriverError('invalid argument', '`file` is missing: a zip archive of exactly one file, in Base64')
  if (upstream.receive === undefined) throw new WebDriverError('unsupported operation', 'uploads go to this session\'s own driver')
  upstream.enter()
  try {
    return { value: await upstream.receive(await fileIn(Buffer.from(file, 'base64'), longest)) }
  } finally {
    upstream.leave()
  }
}
