/** Every key of the configuration: its type, its bounds, its default and its meaning. Nothing about a key is written elsewhere. */
import { z } from 'zod'
import { about } from './about.js'
import { container } from './container-schema.js'
import { context, isolation } from './context-schema.js'
import { grid, role } from './grid-schema.js'
import { none } from './none.js'

const port = () => z.union([z.int().min(0).max(65535), z.null()])
// Node's timers end at 2^31 - 1 ms.
const seconds = () => z.number().min(0).max(2_147_483)
const count = () => z.int().min(1).max(10_000)
const bytes = () => z.int().min(1024).max(2 ** 40)
const whether = () => z.union([z.literal('auto'), z.boolean()])

const host = z.string().min(1).refine(text => /^[\w.:[\]-]+$/.test(text), 'a host name or an IP address, without scheme or port')
const origin = z.string().refine(
  text => text === '*' || (URL.canParse(text) && new URL(text).origin === text),
  'an origin such as https://example.org (scheme, host, port; nothing behind them), or *')

const listen = z.strictObject({
  host: host.default('127.0.0.1').register(about, {
    name: 'host', meaning: 'Address to listen on; one that other machines can reach needs users, or insecure'
  }),
  hubPort: port().default(4444).register(about, { name: 'hub-port', meaning: 'Port that Selenium clients know; 0 takes any free one, none leaves it out' }),
  apiPort: port().default(3000).register(about, { name: 'api-port', meaning: 'Port of the REST API; 0 takes any free one, none leaves it out' }),
  poolPort: port().default(3002).register(about, { name: 'pool-port', meaning: 'Port of the pool\'s metrics; 0 takes any free one, none leaves it out' }),
  insecure: z.boolean().default(false).register(about, {
    name: 'insecure', meaning: 'Serve other machines without asking them for a password'
  }),
  allowedHosts: z.array(host).default([]).register(about, {
    name: 'allowed-hosts',
    meaning: 'Names by which clients may address a grid that asks for no password, beside addresses and localhost'
  }),
  allowedOrigins: z.array(origin).default([]).register(about, {
    name: 'allowed-origins', meaning: 'Origins of web pages that may use the grid from within a browser'
  })
})

const user = z.strictObject({
  name: z.string().min(1).max(128).refine(text => !text.includes(':'), 'a name without a colon (RFC 7617, §2)'),
  password: z.string().min(1).max(1024).refine(
    text => !text.startsWith('scrypt$') || /^scrypt\$\d+\$\d+\$\d+\$[\w-]+\$[\w-]+$/.test(text),
    'a password, or what `tggrid hash-password` prints')
})

const pool = z.strictObject({
  size: count().register(about, {
    name: 'pool-size',
    alias: 'BROWSER_POOL_SIZE',
    meaning: 'Most browsers at once',
    computed: '5 for each core, as far as 80 % of the memory gives each 300 MiB; at least 1, and at least pool.warm'
  }),
  warm: z.int().min(0).max(10_000).register(about, {
    name: 'warm',
    alias: 'PRE_WARM_COUNT',
    meaning: 'Browsers that are kept open and ready',
    computed: '2 for each core, at most pool.size'
  }),
  learnedShare: z.number().min(0).max(1).default(0.5).register(about, {
    name: 'learned-share', meaning: 'Share of the warm browsers that may be opened for what clients have asked for lately'
  }),
  launchTimeout: z.int().min(100).max(2_147_483_647).default(30_000).register(about, {
    name: 'launch-timeout', alias: 'CONTAINER_STARTUP_TIMEOUT', unit: 'ms', meaning: 'Longest time that a browser may take to open'
  }),
  launches: count().register(about, {
    name: 'launches', meaning: 'Browsers that may be opening at the same time', computed: '1 for each core'
  }),
  uses: count().default(100).register(about, {
    name: 'slot-uses', meaning: 'Sessions after which a slot gets a new driver process'
  }),
  browser: z.string().min(1).default('chrome').register(about, {
    name: 'browser', meaning: 'Browser for clients that name none'
  })
})

const session = z.strictObject({
  idleTimeout: seconds().min(0.05).default(300).register(about, {
    name: 'idle-timeout', unit: 's', meaning: 'A session without a request and without an open socket ends after this time'
  }),
  maxIdleTimeout: seconds().min(0.05).default(3600).register(about, {
    name: 'max-idle-timeout', unit: 's', meaning: 'Longest idle timeout that a client may ask for; at least session.idleTimeout'
  }),
  lifetime: seconds().default(21_600).register(about, {
    name: 'session-lifetime', unit: 's', meaning: 'Longest life of a session, used or not; 0 is without end'
  }),
  queueTimeout: seconds().default(300).register(about, {
    name: 'queue-timeout', unit: 's', meaning: 'Longest wait for a free browser'
  }),
  queueLimit: z.int().min(0).max(1_000_000).default(1000).register(about, {
    name: 'queue-limit', meaning: 'Most clients that may wait for a browser'
  }),
  grace: seconds().default(30).register(about, {
    name: 'grace', unit: 's', meaning: 'Time that running sessions get to end by themselves when the grid is told to stop'
  })
})

const edge = z.strictObject({
  headTimeout: seconds().min(0.05).default(10).register(about, {
    name: 'head-timeout', unit: 's', meaning: 'Longest time that a request\'s head may take to arrive'
  }),
  keepAliveTimeout: seconds().min(0.05).default(75).register(about, {
    name: 'keep-alive-timeout', unit: 's', meaning: 'A client\'s connection without a request is closed after this time'
  }),
  bodyLimit: bytes().default(100 * 2 ** 20).register(about, {
    name: 'body-limit', unit: 'bytes', meaning: 'Longest body of a request (413 beyond)'
  }),
  headLimit: bytes().max(2 ** 20).default(64 * 2 ** 10).register(about, {
    name: 'head-limit', unit: 'bytes', meaning: 'Longest head of a request or an answer (431 beyond)'
  }),
  pingInterval: seconds().min(0.05).default(20).register(about, {
    name: 'ping-interval', unit: 's', meaning: 'A WebSocket\'s client that hears nothing for this time gets a ping, so that nothing on the way takes the socket for dead'
  }),
  connectTimeout: seconds().min(0.05).default(5).register(about, {
    name: 'connect-timeout', unit: 's', meaning: 'Longest time that connecting to a driver or a browser may take'
  })
})

const chromium = z.strictObject({
  headless: whether().default('auto').register(about, {
    name: 'headless', meaning: 'Whether browsers run without windows; auto: where there is no display'
  }),
  sandbox: whether().default('auto').register(about, {
    name: 'sandbox', meaning: 'Whether Chrome\'s sandbox is used; auto: wherever it can be had'
  }),
  lean: z.boolean().default(true).register(about, {
    name: 'lean', meaning: 'Switch off parts of Chrome that no page and no client can see, which halves what a launch costs'
  }),
  args: z.array(z.string().startsWith('-').describe('texts that begin with a dash')).default([]).register(about, {
    name: 'chromium-args', meaning: 'Further arguments for every Chromium', spaced: true
  })
})

const playwright = z.strictObject({
  versions: z.array(z.string().regex(/^\d+\.\d+$/).describe('versions such as 1.58')).default([]).register(about, {
    name: 'playwright-versions', meaning: 'Versions of Playwright to serve beside the one that tggrid brings; missing ones are fetched from npm at the start'
  }),
  warm: z.int().min(0).max(10_000).register(about, {
    name: 'playwright-warm',
    meaning: 'Browsers that are kept open for the newest Playwright, beside pool.warm',
    computed: '1 where pool.warm leaves room for it in pool.size'
  }),
  folder: z.string().min(1).register(about, {
    name: 'playwright-folder', meaning: 'Where further versions of Playwright are kept', computed: 'tggrid/playwright in the user\'s folder for data'
  })
})

const placement = z.strictObject({
  enabled: z.boolean().default(true).register(about, {
    name: 'load-balancer', alias: 'ENABLE_LOAD_BALANCER', meaning: 'Spread sessions over all hosts, instead of filling one after the other'
  }),
  algorithm: z.enum(['round-robin', 'least-connections', 'resource-based']).default('least-connections').register(about, {
    name: 'load-balancer-algorithm', alias: 'LOAD_BALANCER_ALGORITHM', meaning: 'How a host is chosen for a session'
  })
})

const log = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info').register(about, {
    name: 'log-level', meaning: 'The least important events that are logged'
  }),
  format: z.enum(['auto', 'json', 'pretty']).default('auto').register(about, {
    name: 'log-format', meaning: 'How the log is written; auto: pretty on a terminal, JSON otherwise'
  })
})

export const schema = z.strictObject({
  name: z.string().min(1).max(255).register(about, {
    name: 'name',
    meaning: 'Name of this grid on its machine: the ids of its sessions begin with a hash of it, and a restarted one finds its containers by it',
    computed: 'the machine\'s name and the first port; random where ports are 0'
  }),
  role,
  runtime: z.enum(['auto', 'process', 'docker']).default('auto').register(about, {
    name: 'runtime', meaning: 'Whether browsers run as local processes or in containers; auto: in containers where a Docker engine and an image can be had'
  }),
  isolation,
  listen,
  users: z.array(user).default([]).register(about, {
    name: 'users',
    secret: true,
    meaning: 'Who may use the grid: objects of name and password (plain, or from tggrid hash-password); in the environment also name:password'
  }),
  tokenSecret: z.string().min(16).register(about, {
    name: 'token-secret', secret: true, meaning: 'Key that signs the API\'s tokens', computed: 'random, so that a restart ends all tokens'
  }),
  tokenLifetime: seconds().min(1).default(86_400).register(about, {
    name: 'token-lifetime', unit: 's', meaning: 'Life of a token of the API'
  }),
  pool,
  session,
  edge,
  chromium,
  playwright,
  container,
  context,
  placement,
  grid,
  browsers: none(z.string().min(1)).register(about, {
    name: 'browsers',
    meaning: 'File that lists the browsers, of the shape of Selenoid\'s browsers.json',
    computed: 'config/browsers.json if there is one, otherwise what is found on the machine'
  }),
  log
})

/** The effective configuration: validated, frozen. Times are in seconds, sizes in bytes, unless the key's name says otherwise. */
export type Config = Frozen<z.output<typeof schema>>

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T
