/** config/swarm.yml tells tggrid what it knows, and gives an agent's sessions the time that they may take. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { configOf } from '../support/deployed.js'

interface Service {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string | number>>
  readonly secrets: ReadonlyArray<{ readonly source: string, readonly target: string }>
  readonly stop_grace_period: string
}

const text = readFileSync('config/swarm.yml', 'utf8')
/** As `docker stack deploy` reads it where none of its variables is set. */
const { services, secrets } = parse(text.replace(/\$\{\w+:?-([^}]*)\}/g, '$1')) as { readonly services: Readonly<Record<'router' | 'agent', Service>>, readonly secrets: object }

const folder = mkdtempSync(join(tmpdir(), 'swarm-'))
t.teardown(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'grid-secret'), 'what only this grid knows')
writeFileSync(join(folder, 'router.json'), /^ *# (\{ "users".*\})$/m.exec(text)?.[1] ?? '')

function settings ({ command, environment }: Service): ReturnType<typeof configOf> {
  const told = Object.entries(environment).map(([name, value]) => [name, String(value ?? '').replace('/run/secrets', folder)] as const)
  return configOf({ args: command, environment: Object.fromEntries(told) })
}

t.test('tggrid knows all that it is told', async t => {
  t.match(settings(services.router), { role: 'router', listen: { host: '0.0.0.0' }, users: [{ name: 'ann' }], grid: { secret: 'what only this grid knows', port: 4442 } })
  t.match(settings(services.agent), { role: 'agent', runtime: 'docker', grid: { secret: 'what only this grid knows', port: 4443, join: ['127.0.0.1'] } })
  const { command, environment } = services.agent
  t.throws(() => settings({ ...services.agent, environment: { ...environment, BROWSER_POOL_SIZES: '2' } }), /BROWSER_POOL_SIZES/)
  t.throws(() => settings({ ...services.agent, command: [...command, '--warmth', '2'] }), /--warmth/)
})

t.test('it has the secrets that it is told of', async t => {
  for (const { environment, secrets: own } of Object.values(services)) {
    const told = Object.values(environment).flatMap(value => /^\/run\/secrets\/(.*)/.exec(String(value))?.[1] ?? [])
    t.same(own.map(({ target }) => target).sort(), told.sort())
    own.forEach(({ source }) => t.hasOwnProp(secrets, source))
  }
})

t.test('a router that ends has time for its sockets', async t => {
  const { grace } = settings(services.router).session
  t.ok(grace >= 60)
  t.ok(Number.parseInt(services.router.stop_grace_period) >= grace + 30)
})

t.test('an agent that ends has time for its sessions', async t => {
  t.ok(Number.parseInt(services.agent.stop_grace_period) >= settings(services.agent).session.grace + 30)
})
