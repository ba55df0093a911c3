import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigError } from '../../../src/config/error.js'
import { loadConfig, type Inputs } from '../../../src/config/load.js'

const machine = { cores: 4, memory: 16_384, browsersFile: null, hostname: 'here' }
const load = (inputs: Inputs = {}) => loadConfig({ environment: {}, machine, ...inputs })

/** What is wrong with a configuration, one sentence a line. */
function problems (inputs: Inputs): string {
  try {
    load(inputs)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

const fileOf = (t: Test, content: unknown) => {
  const file = join(t.testdir(), 'grid.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

t.test('flags win over the environment, which wins over the file, which wins over the defaults', async t => {
  const file = fileOf(t, { listen: { hubPort: 1, apiPort: 2, poolPort: 5 } })
  const { config, provenance } = load({
    file,
    environment: { TGGRID_API_PORT: '3', TGGRID_HUB_PORT: '3' },
    flags: { 'listen.hubPort': ['4'] }
  })
  t.match(config.listen, { hubPort: 4, apiPort: 3, poolPort: 5, host: '127.0.0.1' })
  t.same(provenance.get('listen.hubPort'), { from: 'flag', name: '--hub-port' })
  t.same(provenance.get('listen.apiPort'), { from: 'environment', name: 'TGGRID_API_PORT' })
  t.same(provenance.get('listen.poolPort'), { from: 'file', name: file })
  t.same(provenance.get('listen.host'), { from: 'default' })
})

t.test('the guide\'s names in the environment set what they set there', async t => {
  const { config } = load({
    environment: {
      BROWSER_POOL_SIZE: '50',
      PRE_WARM_COUNT: '10',
      CONTAINER_STARTUP_TIMEOUT: '20000',
      MAX_MEMORY_PER_CONTAINER: '512',
      MAX_CPU_PER_CONTAINER: '0.5',
      ENABLE_LOAD_BALANCER: 'false',
      LOAD_BALANCER_ALGORITHM: 'resource-based'
    }
  })
  t.match(config, {
    pool: { size: 50, warm: 10, launchTimeout: 20_000 },
    container: { memory: 512, cpu: 0.5 },
    placement: { enabled: false, algorithm: 'resource-based' }
  })
})

t.test('what containers may reach is checked: addresses by their shape, and that there are containers at all', async t => {
  t.match(load({ environment: { TGGRID_CONTAINER_EGRESS: 'public', TGGRID_CONTAINER_ALLOWED: '10.0.0.9, fd00::/8' } }).config.container, { egress: 'public', allowed: ['10.0.0.9', 'fd00::/8'] })
  for (const wrong of ['10.0.0', '10.0.0.0/33', 'shop.test', '10.0.0.0/8/8', '10.0.0.0/']) t.match(problems({ environment: { TGGRID_CONTAINER_ALLOWED: wrong } }), /container\.allowed.*an address or a network such as/, wrong)
  t.match(problems({ environment: { TGGRID_RUNTIME: 'process', TGGRID_CONTAINER_EGRESS: 'public' } }), /container\.egress is public, which holds for containers only/)
})

t.test('of the guide\'s name and ours, ours wins; an empty variable is not set', async t => {
  t.equal(load({ environment: { BROWSER_POOL_SIZE: '50', TGGRID_POOL_SIZE: '60' } }).config.pool.size, 60)
  t.equal(load({ environment: { TGGRID_HUB_PORT: '' } }).config.listen.hubPort, 4444)
})

t.test('the environment may name the file, and --config wins over it', async t => {
  const file = fileOf(t, { pool: { size: 7 } })
  t.equal(load({ environment: { TGGRID_CONFIG: file } }).config.pool.size, 7)
  t.equal(load({ file, environment: { TGGRID_CONFIG: '/nowhere.json' } }).config.pool.size, 7)
})

t.test('the pool\'s size follows from the machine', async t => {
  const pool = (cores: number, memory: number, environment = {}) => load({ environment, machine: { cores, memory, browsersFile: null, hostname: 'here' } }).config.pool
  t.match(pool(4, 16_384), { size: 20, warm: 8, launches: 4 }, 'bounded by cores')
  t.match(pool(64, 4096), { size: 10, warm: 10 }, 'bounded by memory; never more warm than fit')
  t.match(pool(1, 256), { size: 1, warm: 1 }, 'at least one')
  t.match(pool(2, 8192, { PRE_WARM_COUNT: '30' }), { size: 30, warm: 30 }, 'who asks for 30 warm ones gets room for them')
})

t.test('the configuration is frozen all the way down, and every key has an origin', async t => {
  const { config, provenance } = load()
  t.throws(() => { (config.chromium.args as string[]).push('--x') }, TypeError)
  t.throws(() => { (config.pool as { size: number }).size = 1 }, TypeError)
  const paths = Object.entries(config).flatMap(([group, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value).map(key => `${group}.${key}`) : [group])
  t.same([...provenance.keys()].sort(), paths.sort())
})

t.test('unknown keys are named with their file and the nearest key that there is', async t => {
  const file = fileOf(t, { pool: { sise: 4 }, hubPort: 3, sesion: {}, $schema: 'x' })
  const text = problems({ file })
  t.match(text, `${file}: unknown key pool.sise; did you mean pool.size?`)
  t.match(text, `${file}: unknown key hubPort; did you mean listen.hubPort?`)
  t.match(text, `${file}: unknown key sesion; did you mean session?`)
  t.notMatch(text, '$schema')
  t.match(problems({ file: fileOf(t, '{"__proto__": {"x": 1}, "pool": {"constructor": 1}}') }), /unknown key __proto__.*unknown key pool\.constructor/s)
})

t.test('unknown variables of ours are named; Kubernetes\' service links are not ours', async t => {
  t.equal(problems({ environment: { TGGRID_POOL_SISE: '4' } }), 'environment variable TGGRID_POOL_SISE is not known; did you mean TGGRID_POOL_SIZE?')
  t.equal(problems({
    environment: {
      TGGRID_PORT: 'tcp://10.0.0.1:4444',
      TGGRID_SERVICE_HOST: '10.0.0.1',
      TGGRID_PORT_4444_TCP_ADDR: '10.0.0.1',
      TGGRID_HUB_PORT: 'tcp://10.0.0.1:4444'
    }
  }), '')
})

t.test('a file that cannot be read, or is not JSON, is named', async t => {
  t.match(problems({ file: '/nowhere/grid.json' }), /^\/nowhere\/grid.json: cannot be read: ENOENT/)
  t.match(problems({ file: fileOf(t, '{\n"pool": {,}\n}') }), /grid.json: is not JSON \(line 2\)/)
  t.match(problems({ file: fileOf(t, '[]') }), 'an object is expected')
  t.match(problems({ file: fileOf(t, { pool: 4 }) }), 'pool is 4; it takes an object of keys')
  t.equal(load({ file: fileOf(t, '\uFEFF{"pool": {"size": 9}}') }).config.pool.size, 9)
})

t.test('a grid that others can reach needs users, or --insecure', async t => {
  const on = (host: string, more = {}) => problems({ environment: { TGGRID_HOST: host, ...more } })
  for (const host of ['0.0.0.0', '::', '10.1.2.3', 'grid.example', '127.0.0.1.example']) {
    t.match(on(host), /which other machines can reach, and there are no users.*TGGRID_USERS.*--insecure/, host)
    t.equal(on(host, { TGGRID_USERS: 'ann:secret' }), '')
    t.equal(on(host, { TGGRID_INSECURE: 'true' }), '')
  }
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost']) t.equal(on(host), '', host)
})

t.test('rules between keys are kept', async t => {
  t.match(problems({ environment: { TGGRID_HUB_PORT: '3000' } }), 'listen.apiPort and listen.hubPort are both 3000')
  t.match(problems({ environment: { TGGRID_HUB_PORT: 'none', TGGRID_API_PORT: 'none', TGGRID_POOL_PORT: 'none' } }), 'all none')
  t.equal(problems({ environment: { TGGRID_HUB_PORT: '0', TGGRID_API_PORT: '0', TGGRID_POOL_PORT: 'none' } }), '')
  t.match(problems({ environment: { PRE_WARM_COUNT: '5', BROWSER_POOL_SIZE: '4' } }), 'pool.warm is 5, more than pool.size, which is 4')
  t.match(problems({ environment: { TGGRID_IDLE_TIMEOUT: '50', TGGRID_MAX_IDLE_TIMEOUT: '40' } }), 'more than session.maxIdleTimeout')
  t.equal(load({ environment: { TGGRID_IDLE_TIMEOUT: '7200' } }).config.session.maxIdleTimeout, 7200)
  t.match(problems({ environment: { TGGRID_USERS: 'ann:1,ann:2' } }), '"ann" is there twice')
})

t.test('all problems are told at once', async t => {
  const file = fileOf(t, { pool: { sise: 4 } })
  t.equal(problems({ file, environment: { TGGRID_GRACE: 'x' }, flags: { 'listen.hubPort': ['x'] } }).split('\n').length, 3)
})

t.test('without a secret, each start makes its own', async t => {
  t.not(load().config.tokenSecret, load().config.tokenSecret)
  t.equal(load().config.tokenSecret.length, 64)
})
