/** Sockets that name no session: each gets one of its own, through the same queue as any other, and the session ends with its socket. */
import { Refusal, type Destination, type RequestHead, type Route } from '../edge/edge.js'
import type { Capabilities } from '../protocol/capabilities.js'
import { playwrightCandidate } from '../protocol/playwright-candidate.js'
import { socketWish, type SocketWish } from '../protocol/socket-wish.js'
import type { RemoteEnd, Upstream } from '../protocol/remote-end.js'
import { ask, pathAt } from './ask.js'
import { takeBidi } from './bidi-socket.js'
import { isPromised, PromisedSession } from './promised-session.js'
import { bound, endOf, newSession, type SocketClient } from './socket-session.js'
import { livingSessions } from './webdriver.js'

type Cdp = Extract<SocketWish, { door: 'cdp' }>
type Page = Extract<SocketWish, { door: 'page' }>

/** What `/json/list` names is no page yet: its socket brings the browser. */
export const newPage = 'new-'

export class Sockets {
  readonly #remote: RemoteEnd
  /** By user and address. */
  readonly #promises = new Map<string, PromisedSession>()

  constructor (remote: RemoteEnd) {
    this.#remote = remote
  }

  /** While the session is waited for, the upgrade waits. @throws Refusal, WebDriverError with why there is none */
  async open (head: RequestHead, client: SocketClient): Promise<Destination> {
    const wish = socketWish(head)
    switch (wish?.door) {
      case 'cdp': return isPromised(wish.browser) ? await this.#promised(wish, head, client) : await this.#browser(wish, client) ?? await this.#fresh(wish.wish, 'cdp', head, client)
      case 'page': return await this.#page(wish, head, client)
      case 'playwright': return await this.#fresh(playwrightCandidate(wish, this.#remote.status()), 'playwright', head, client)
      case 'bidi': return takeBidi(this.#remote, head, client)
      case undefined: throw new Refusal(404, `there is no WebSocket at ${pathOf(head)}; there are / and /cdp (DevTools), /playwright, /session (WebDriver BiDi), and those of each session`)
    }
  }

  async #fresh (candidate: Capabilities, door: 'cdp' | 'playwright', head: RequestHead, client: SocketClient): Promise<Route> {
    const session = await newSession(this.#remote, [candidate], head, client)
    const upstream = bound(this.#remote, session, door)
    return { upstream, target: upstream.base, unused: upstream.end }
  }

  async #promised ({ browser, wish }: Cdp, head: RequestHead, { user, gone }: SocketClient): Promise<Route> {
    const key = `${user} ${browser}`
    const promised = this.#promises.get(key) ?? new PromisedSession(
      gone => newSession(this.#remote, [wish], head, { user, gone }),
      session => {
        this.#promises.delete(key)
        session.then(({ id }) => endOf(this.#remote, id), () => {}) // there was none
      })
    this.#promises.set(key, promised)
    const upstream = bound(this.#remote, await promised.join(gone), 'cdp', () => promised.leave())
    return { upstream, target: upstream.base, unused: upstream.end }
  }

  /** The browser that a user has already, when the path names it by the id that it gave itself. */
  async #browser ({ browser }: Cdp, { user }: SocketClient): Promise<Route | undefined> {
    if (browser === '') return undefined
    for (const upstream of await this.#devtools(user)) {
      if ((await baseOf(upstream).catch(() => '')).endsWith(`/${browser}`)) return { upstream, target: upstream.base }
    }
    return undefined
  }

  async #page ({ page, url, wish }: Page, head: RequestHead, client: SocketClient): Promise<Route> {
    if (!page.startsWith(newPage)) return await this.#livingPage(page, client)
    const session = await newSession(this.#remote, [wish], head, client)
    const upstream = bound(this.#remote, session, 'cdp')
    try {
      return { upstream, target: pathAt(upstream, `/devtools/page/${await pageOf(upstream, url)}`), unused: upstream.end }
    } catch (error) {
      upstream.end()
      throw error
    }
  }

  async #livingPage (page: string, { user }: SocketClient): Promise<Route> {
    for (const upstream of await this.#devtools(user)) {
      const targets = await targetsOf(upstream).catch(() => []) // it has ended meanwhile
      if (targets.some(({ id }) => id === page)) return { upstream, target: pathAt(upstream, `/devtools/page/${page}`) }
    }
    throw new Refusal(404, `none of your sessions has a page ${page}; /json/new makes one in a browser of its own`)
  }

  async #devtools (user: string): Promise<Upstream[]> {
    const sessions = (await livingSessions(user, this.#remote)).filter(({ doors }) => doors.includes('cdp'))
    return sessions.map(({ id }) => ({ ...this.#remote.locate(id, 'cdp'), user }))
  }
}

/** The path of a browser's own socket. An agent is asked for it; rejects when its session has ended meanwhile. */
async function baseOf (devtools: Upstream): Promise<string> {
  if (devtools.kind !== 'agent') return devtools.base
  const { body } = await ask(devtools, { method: 'GET', path: '/json/version' })
  return new URL((JSON.parse(body) as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl).pathname
}

interface Target {
  readonly id: string
  readonly type: string
}

async function targetsOf (devtools: Upstream): Promise<Target[]> {
  return JSON.parse((await ask(devtools, { method: 'GET', path: '/json/list' })).body) as Target[]
}

async function pageOf (devtools: Upstream, url: string | undefined): Promise<string> {
  const first = (await targetsOf(devtools)).find(({ type }) => type === 'page')
  if (url === undefined && first !== undefined) return first.id
  const { body } = await ask(devtools, { method: 'PUT', path: `/json/new?${encodeURIComponent(url ?? 'about:blank')}` })
  return (JSON.parse(body) as Target).id
}

function pathOf ({ target }: RequestHead): string {
  return target.split('?', 1)[0] ?? ''
}
