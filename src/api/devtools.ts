/**
 * DevTools' HTTP endpoints (`/json/version` and so on). At the root they promise a browser: the URLs in them lead to sockets that each bring
 * one. Under a session they are that browser's own, with URLs that lead through us.
 */
import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import httpProxy from 'http-proxy'
import { noMatch, pick } from '../protocol/matching.js'
import { launchArguments } from '../protocol/launch-query.js'
import { playwrightVersionOf } from '../protocol/playwright.js'
import { reachedBy } from '../protocol/reached-by.js'
import { devtoolsPrefixes } from '../protocol/socket-wish.js'
import type { RemoteEnd } from '../protocol/remote-end.js'
import { ask } from './ask.js'
import { promisedId } from './promised-session.js'
import { newPage } from './sockets.js'
import type { Tokens } from './tokens.js'
import { own } from './webdriver.js'

export interface DevToolsOptions {
  readonly remote: RemoteEnd
  readonly tokens: Tokens
}

interface SessionPath { Params: { id: string, '*': string } }

/** Registers `/json…` at the root and its aliases, and below `/session/{id}/se/cdp`. */
export function devtools (app: FastifyInstance, { remote, tokens }: DevToolsOptions): void {
  const schema = { hide: true }
  for (const prefix of ['', ...devtoolsPrefixes]) {
    app.get(`${prefix}/json/version`, { schema }, request => version(request, remote, tokens))
    app.get(`${prefix}/json`, { schema }, request => playwrightVersionOf(request.headers['user-agent']) === undefined ? [page(request)] : { wsEndpointPath: 'playwright' })
    app.get(`${prefix}/json/list`, { schema }, request => [page(request)])
    app.get(`${prefix}/json/protocol`, { schema }, (request, reply) => protocol(request, reply, remote))
    // A page of ours ends with its socket.
    app.get(`${prefix}/json/close/${newPage}*`, { schema }, (_request, reply) => reply.type('text/html; charset=UTF-8').send('Target is closing'))
    app.get(`${prefix}/json/activate/${newPage}*`, { schema }, (_request, reply) => reply.type('text/html; charset=UTF-8').send('Target activated'))
    app.route({ method: ['GET', 'PUT'], url: `${prefix}/json/new`, schema, handler: request => page(request, urlOf(request)) })
  }
  for (const path of ['/playwright/json', '/playwright/:browser/json', '/playwright/:browser/:version/json', '/:browser/playwright/json']) {
    app.get(path, { schema }, () => ({ wsEndpointPath: '' }))
  }
  const proxy = httpProxy.createProxyServer({})
  for (const prefix of ['', '/wd/hub']) {
    app.all<SessionPath>(`${prefix}/session/:id/se/cdp/*`, { schema }, (request, reply) => ofSession(request, reply, { remote, proxy }))
  }
}

/** What the newest browser says of itself; its socket brings a browser of the client's own, with what the query asks for. */
function version (request: FastifyRequest, remote: RemoteEnd, tokens: Tokens): object {
  const query = queryOf(request)
  const candidates = [{ browserName: 'chrome', ...launchArguments(new URLSearchParams(query)) }]
  const { agents } = remote.status()
  const offers = agents.flatMap(({ browsers }) => browsers)
  const match = pick(candidates, offers)
  if (match === undefined) throw noMatch(candidates, offers)
  const { browserVersion } = match.offer
  const known = agents.map(({ devtools }) => devtools[browserVersion]).find(about => about !== undefined)
  return { ...known ?? { Browser: `Chrome/${browserVersion}`, 'Protocol-Version': '1.3' }, webSocketDebuggerUrl: `${reachedBy(request.headers).ws}/devtools/browser/${promisedId()}${withToken(query, request.user, tokens)}` }
}

/** Playwright asks with the credentials of its address, and then opens the socket without them. */
function withToken (query: string, user: string, tokens: Tokens): string {
  if (user === '' || new URLSearchParams(query).has('token')) return query
  return `${query === '' ? '?' : `${query}&`}token=${tokens.issueBriefly(user)}`
}

/** A page that is there as soon as somebody connects to it. */
function page (request: FastifyRequest, url = 'about:blank'): object {
  const id = `${newPage}${randomUUID()}`
  const going = url === 'about:blank' ? [] : [`url=${encodeURIComponent(url)}`]
  const query = [...request.url.includes('/json/new') ? [] : [queryOf(request).slice(1)], ...going].filter(part => part !== '').join('&')
  const webSocketDebuggerUrl = `${reachedBy(request.headers).ws}/devtools/page/${id}${query === '' ? '' : `?${query}`}`
  return { description: '', id, title: '', type: 'page', url, webSocketDebuggerUrl }
}

/** Chrome takes all that is behind the question mark for the address. */
function urlOf (request: FastifyRequest): string {
  const text = queryOf(request).slice(1).replace(/^url=/, '')
  return text === '' ? 'about:blank' : decodeURIComponent(text)
}

function queryOf ({ url }: FastifyRequest): string {
  const at = url.indexOf('?')
  return at < 0 ? '' : url.slice(at)
}

/** The protocol's description is the same for every browser of a version: any will do, and it is given back at once. */
async function protocol (request: FastifyRequest, reply: FastifyReply, remote: RemoteEnd): Promise<FastifyReply> {
  const { user, askedAt, gone } = request
  const candidates = [{ browserName: 'chrome', ...launchArguments(new URLSearchParams(queryOf(request))) }]
  const { id } = await remote.newSession({ candidates, user, askedAt, signal: gone })
  try {
    const { status, type, body } = await ask({ ...remote.locate(id, 'cdp'), user }, { method: 'GET', path: '/json/protocol' })
    return await reply.code(status).type(type).send(body)
  } finally {
    await remote.endSession(id, 'deleted').catch(() => {}) // it has ended already
  }
}

interface Proxying {
  readonly remote: RemoteEnd
  readonly proxy: httpProxy
}

/** The browser's own answer; addresses in JSON become ours. */
async function ofSession (request: FastifyRequest<SessionPath>, reply: FastifyReply, { remote, proxy }: Proxying): Promise<FastifyReply | undefined> {
  const { id } = own(request, remote)
  const upstream = remote.locate(id, 'cdp')
  const path = `/${request.params['*'].replace(/\/$/, '')}`
  if (path.startsWith('/json')) {
    const { status, type, body } = await ask(upstream, { method: request.method === 'PUT' ? 'PUT' : 'GET', path: path + queryOf(request) })
    return await reply.code(status).type(type).send(throughUs(body, `${reachedBy(request.headers).ws}/session/${id}/se/cdp`))
  }
  reply.hijack()
  const { host, port } = upstream.address as { host: string, port: number }
  request.raw.url = path + queryOf(request)
  proxy.web(request.raw, reply.raw, { target: { host, port, protocol: 'http:' }, headers: { host: 'localhost' } }, error => { reply.raw.writeHead(502).end(error.message) })
  return undefined
}

/** `ws://localhost/devtools/…`, and `ws=localhost/devtools/…` in the address of the front end. */
function throughUs (json: string, base: string): string {
  const [scheme, place] = base.split('://') as [string, string]
  return json.replaceAll('ws://localhost/', `${base}/`).replaceAll('?ws=localhost/', `?${scheme}=${place}/`)
}
