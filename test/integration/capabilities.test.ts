import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { candidatesOf } from '../../src/protocol/candidates.js'
import { WebDriverError } from '../../src/protocol/errors.js'
import { invalidBodies, validBodies } from '../support/new-session-cases.js'

type Test = Pick<typeof t, 'teardown'>

const driver = async (t: Test): Promise<(body: unknown) => Promise<string>> => {
  const child = spawn('chromedriver', ['--port=0', '--log-level=SEVERE'], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(async () => { child.kill(); await once(child, 'exit') })
  let said = ''
  while (!/successfully on port \d+/.test(said)) said += String((await once(child.stdout, 'data'))[0])
  const url = `http://127.0.0.1:${/successfully on port (\d+)/.exec(said)?.[1]}/session`
  return async body => {
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    const { value } = await answer.json() as { value: { error?: string } }
    return value.error ?? 'session'
  }
}

const ours = (body: unknown): string => {
  try {
    candidatesOf(body)
    return 'taken'
  } catch (error) {
    return (error as WebDriverError).code
  }
}

/** No browser is to be launched for a thousand cases: the driver cannot run this one. */
const withoutBrowser = (body: unknown): unknown => {
  const { capabilities } = body as { capabilities?: { alwaysMatch?: object } }
  if (typeof capabilities !== 'object' || capabilities === null || Array.isArray(capabilities)) return body
  const { alwaysMatch = {} } = capabilities
  if (typeof alwaysMatch !== 'object' || Array.isArray(alwaysMatch)) return body
  return { ...body as object, capabilities: { ...capabilities, alwaysMatch: { 'goog:chromeOptions': { binary: '/nonexistent' }, ...alwaysMatch } } }
}

t.test('what the specification refuses is refused, here as by the driver', async t => {
  const ask = await driver(t)
  const bodies = invalidBodies()
  const laxities: string[] = []
  for (const body of bodies) {
    const text = JSON.stringify(body)
    if (ours(body) !== 'invalid argument') t.fail(`taken: ${text}`)
    const theirs = await ask(withoutBrowser(body))
    if (theirs !== 'invalid argument') laxities.push(`${theirs}: ${text}`)
  }
  t.strictSame(laxities, [], 'the driver refuses them all')
  t.comment(`${bodies.length} bodies`)
})

t.test('what the specification takes is taken, here as by the driver', async t => {
  const ask = await driver(t)
  const bodies = validBodies()
  const refused: string[] = []
  for (const body of bodies) {
    const text = JSON.stringify(body)
    if (ours(body) !== 'taken') t.fail(`refused: ${text}`)
    const theirs = await ask(withoutBrowser(body))
    if (theirs === 'invalid argument') refused.push(text)
  }
  t.strictSame(refused, [], 'the driver refuses none')
  t.comment(`${bodies.length} bodies`)
})

t.test('a capability that is null is not there, also where another choice has it', async t => {
  // W3C WebDriver, §7.2 "validate capabilities": nulls are dropped before anything is merged. chromedriver calls it an overlap.
  t.strictSame(candidatesOf({ capabilities: { alwaysMatch: { pageLoadStrategy: null }, firstMatch: [{ pageLoadStrategy: 'none' }] } }), [{ pageLoadStrategy: 'none' }])
})
