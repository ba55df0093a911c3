/** The control plane: an HTTP server on a private socket, to which the edge sends everything that is not a session's own traffic. */
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import { WebDriverError } from '../protocol/errors.js'
import { parsePath } from '../protocol/path.js'
import type { RemoteEnd } from '../protocol/remote-end.js'
import { agents, type AgentsOptions } from './agents.js'
import { Claims } from './claims.js'
import { meetClient } from './client.js'
import type { Counts } from './counts.js'
import { devtools } from './devtools.js'
import { answerError, ApiError, isApiPath } from './errors.js'
import type { Doorkeeper } from './gate.js'
import { login } from './login.js'
import type { Origins } from './origins.js'
import type { Passwords } from './passwords.js'
import { pool, type Prewarm } from './pool.js'
import { sessions } from './sessions.js'
import type { Tokens } from './tokens.js'
import { claimedWebdriver, ownSession, webdriver } from './webdriver.js'

export interface ControlPlaneOptions {
  readonly remote: RemoteEnd
  readonly claims: Claims
  readonly gate: Doorkeeper
  readonly origins: Origins
  readonly passwords: Passwords
  readonly tokens: Tokens
  readonly counts: Counts
  readonly prewarm: Prewarm
  /** Where there are agents to drain. */
  readonly agents?: Omit<AgentsOptions, 'remote' | 'open'>
  /** Longest body, in bytes. */
  readonly bodyLimit: number
  readonly version: string
  readonly log: FastifyBaseLogger
}

/** Paths that answer without credentials: a load balancer's probe, and the way to credentials. */
const free = new Set(['/readyz', '/wd/hub/readyz', '/api/auth/login'])

/** @returns an application that is ready to listen; the caller closes it */
export async function controlPlane (options: ControlPlaneOptions): Promise<FastifyInstance> {
  const { remote } = options
  const app = Fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit,
    forceCloseConnections: true,
    // The edge alone connects here and keeps its connections: closing one while it sends a request would lose that request.
    keepAliveTimeout: 0,
    requestTimeout: 0,
    http: { maxHeaderSize: 128 * 1024 },
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 128 * 1024 }
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(answerError)
  acceptAnyJson(app)
  forbidCaching(app)
  guard(app, options)
  await document(app, options.version)
  await routes(app, options)
  answerUnknown(app, remote)
  return app
}

/** Clients label JSON in many ways, or not at all. */
function acceptAnyJson (app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(body as string))
    } catch (error) {
      done(Object.assign(new Error(`the body is no JSON: ${(error as Error).message}`), { statusCode: 400 }))
    }
  })
}

/** As every answer of WebDriver has to say (W3C WebDriver, §6.5 "send a response"). */
function forbidCaching (app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (!reply.hasHeader('cache-control')) reply.header('Cache-Control', 'no-cache')
    done()
  })
}

function guard (app: FastifyInstance, { gate, origins }: ControlPlaneOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    meetClient(request, reply.raw)
    const refusal = origins.refusal(request.headers.host, request.headers.origin)
    if (refusal !== undefined) throw forbidden(request, refusal)
    if (free.has(pathOf(request))) return
    const user = await gate.identify({ header: name => request.headers[name] as string | undefined, target: request.url })
    if (user === undefined) return await refuseStranger(request, reply)
    request.user = user
  })
}

function forbidden (request: FastifyRequest, refusal: string): Error {
  return isApiPath(request.url) ? new ApiError(403, 'forbidden', refusal) : Object.assign(new Error(refusal), { statusCode: 403 })
}

async function refuseStranger (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const shown = request.headers.authorization !== undefined || request.url.includes('token=')
  const message = shown ? 'these credentials are wrong or have expired' : 'credentials are needed: a user and a password in the URL, or a token of POST /api/auth/login'
  if (isApiPath(request.url)) throw new ApiError(401, 'unauthorized', message)
  return await reply.code(401).header('WWW-Authenticate', 'Basic realm="tggrid", charset="UTF-8"').send(new WebDriverError('session not created', message).toJSON())
}

async function document (app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      info: { title: 'tggrid', version, description: 'Warm browsers behind one address' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' }, password: { type: 'http', scheme: 'basic' } } },
      security: [{ token: [] }, { password: [] }]
    },
    transform: jsonSchemaTransform
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs' })
}

async function routes (app: FastifyInstance, options: ControlPlaneOptions): Promise<void> {
  const { remote } = options
  for (const prefix of ['', '/wd/hub']) {
    await app.register(async scope => webdriver(scope, options), { prefix })
    app.get(`${prefix}/readyz`, { schema: { hide: true } }, async (_request, reply) => {
      const { ready, message } = remote.status()
      return await reply.code(ready ? 200 : 503).send({ ready, message })
    })
  }
  await app.register(async scope => claimedWebdriver(scope, options), { prefix: '/api/sessions/:id/webdriver' })
  devtools(app, options)
  await app.register(login, { prefix: '/api/auth', ...options })
  await app.register(sessions, { prefix: '/api/sessions', ...options })
  await app.register(pool, { ...options })
  if (options.agents !== undefined) await app.register(agents, { remote, open: options.gate.open, ...options.agents })
}

/** Paths that are there, for another method. */
const known = new Set(['/session', '/status', '/sessions', '/readyz', '/wd/hub/session', '/wd/hub/status', '/wd/hub/sessions', '/wd/hub/readyz'])

/** What the edge could not send to a session ends here too, and is told why its session is none. */
function answerUnknown (app: FastifyInstance, remote: RemoteEnd): void {
  app.setNotFoundHandler(request => {
    const path = pathOf(request)
    const session = parsePath(path, false)
    if (session !== undefined) ownSession(session.id, request, remote)
    if (isApiPath(path) && session === undefined) throw new ApiError(404, 'not found', `there is nothing at ${request.method} ${path}; /api/docs lists what there is`)
    if (known.has(path)) throw new WebDriverError('unknown method', `${path} has no ${request.method}`)
    const strange = /^(\/wd\/hub)?\/session\/([^/]+)/.exec(path)?.[2]
    if (session === undefined && strange !== undefined) throw new WebDriverError('invalid session id', `there is no session ${strange} here`)
    throw new WebDriverError('unknown command', `there is nothing at ${request.method} ${path}`)
  })
}

function pathOf (request: FastifyRequest): string {
  const query = request.url.indexOf('?')
  return query < 0 ? request.url : request.url.slice(0, query)
}
