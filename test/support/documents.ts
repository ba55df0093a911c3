/** What the documents name, and whether a grid has it. */
import type { Test } from 'tap'
import { openSocket, refusedSocket, ws } from './sockets.js'
import type { TestGrid } from './grid.js'
import { call, newSession, type Reply } from './webdriver.js'

/** Code blocks of a language. */
export function blocksIn (text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block)
}

/** The same text, with a grid's ports instead of the usual ones. */
export function atGrid (text: string, grid: TestGrid): string {
  const places = { '127.0.0.1:4444': grid.hub, '127.0.0.1:3000': grid.api, '127.0.0.1:3002': grid.pool }
  const moved = Object.entries(places).reduce((moved, [usual, url]) => moved.replaceAll(usual, new URL(url).host), text)
  return moved.replaceAll('port: 4444', `port: ${new URL(grid.hub).port}`)
}

/** Such as `GET /status` or `WS /cdp`, in the order in which they are named. */
export function endpointsIn (text: string): string[] {
  return [...new Set([...text.matchAll(/`((?:GET|POST|PUT|DELETE|WS) \/[^`\s]*)`/g)].map(([, endpoint = '']) => endpoint))]
}

/** Addresses for clients; WebdriverIO's parts of one are put together. */
export function addressesIn (text: string): string[] {
  const urls = [...text.matchAll(/(?:ws|http):\/\/(?:\w+:\w+@)?127\.0\.0\.1:\d+[^'`\s]*/g)].map(([url]) => url)
  const parts = [...text.matchAll(/hostname: '(127\.0\.0\.1)', port: (\d+)(?:, path: '([^']*)')?(?:.*btoa\('(.*?)'\))?/g)]
  return [...new Set([...urls, ...parts.map(([, host, port, path = '', user]) => `http://${user === undefined ? '' : `${user}@`}${host}:${port}${path}`)])]
}

/** Whoever connects to this address as its kind of client has a browser. */
export async function answers (t: Test, address: string): Promise<void> {
  if (address.startsWith('ws:')) {
    const socket = await openSocket(address)
    socket.terminate()
  } else if (address.endsWith('/api')) {
    t.equal((await call(`GET ${address}/sessions`)).status, 200, address)
  } else {
    t.equal((await call(`GET ${address}/json/version`)).status, 200, address)
    await (await newSession(address)).quit()
  }
  t.pass(address)
}

const bodies: ReadonlyArray<readonly [path: RegExp, body: object]> = [
  [/\/session$/, { capabilities: {} }],
  [/\/file$/, { file: 'UEsDBBQAAAAAAAAAIQCsKpPYAgAAAAIAAAAFAAAAYS50eHRoaVBLAQIUAxQAAAAAAAAAIQCsKpPYAgAAAAIAAAAFAAAAAAAAAAAAAACAAQAAAABhLnR4dFBLBQYAAAAAAQABADMAAAAlAAAAAAA=' }],
  [/\/login$/, { email: 'ann', password: 'any' }],
  [/\/create$/, { browser: 'chrome' }],
  [/\/prewarm$/, { count: 1 }]
]

export interface Said {
  /** 101 of a socket. */
  readonly status: number
  readonly said: string
}

/** Asks endpoints, each once, with the ids of living sessions; what it makes it ends. */
export class Asker {
  readonly #hub: string
  readonly #known = new Map<string, Promise<Said>>()
  #living: Promise<Readonly<Record<string, string>>> | undefined

  constructor ({ hub }: TestGrid) {
    this.#hub = hub
  }

  ask (endpoint: string): Promise<Said> {
    const known = this.#known.get(endpoint) ?? this.#ask(endpoint)
    this.#known.set(endpoint, known)
    return known
  }

  async #ask (endpoint: string): Promise<Said> {
    const [method = '', path = ''] = (await this.#filled(endpoint)).split(' ')
    return method === 'WS' ? await this.#socket(path) : await this.#http(method, path)
  }

  async #socket (path: string): Promise<Said> {
    try {
      const socket = await openSocket(ws(this.#hub) + path)
      socket.terminate()
      return { status: 101, said: '' }
    } catch {
      const { status, body } = await refusedSocket(ws(this.#hub) + path)
      return { status, said: body }
    }
  }

  async #http (method: string, path: string): Promise<Said> {
    const body = method === 'POST' ? bodies.find(([where]) => where.test(path))?.[1] ?? {} : undefined
    const reply = await call<{ session?: { id: string }, value?: { sessionId?: string } } | null>(`${method} ${this.#hub}${path}`, body === undefined ? {} : { body })
    const made = reply.body?.session?.id ?? reply.body?.value?.sessionId
    if (method === 'POST' && made !== undefined) await this.#end(made)
    return { status: reply.status, said: JSON.stringify(reply.body) }
  }

  async #filled (endpoint: string): Promise<string> {
    if (!endpoint.includes('{')) return endpoint
    this.#living ??= this.#open()
    const living = await this.#living
    const id = endpoint.startsWith('DELETE') ? (await newSession(this.#hub)).id : endpoint.endsWith('/se/playwright') ? living['playwright'] : living['id']
    return endpoint.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'id' ? id : living[name]) ?? '')
  }

  /** A session of WebDriver's with BiDi, and one of Playwright's. */
  async #open (): Promise<Record<string, string>> {
    const { id } = await newSession(this.#hub, { webSocketUrl: true })
    const { body: [page] }: Reply<{ id: string }[]> = await call(`GET ${this.#hub}/session/${id}/se/cdp/json/list`)
    const { body }: Reply<{ session: { id: string } }> = await call(`POST ${this.#hub}/api/sessions/create`, { body: { browser: 'chrome', protocol: 'playwright' } })
    return { id, target: page?.id ?? '', playwright: body.session.id, uuid: '0c7e6b1e-3f5a-4e9c-9d55-6a4f0f3f7c11', version: '1.65' }
  }

  async #end (id: string): Promise<void> {
    await call(`DELETE ${this.#hub}/session/${id}`)
  }
}
