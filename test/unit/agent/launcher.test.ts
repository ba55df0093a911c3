/** What becomes of a slot whose session is over: cleaned for the next one, or thrown away without work that nobody profits from. */
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/agent/clock.js'
import { agentEvents } from '../../../src/agent/events.js'
import { Launcher } from '../../../src/agent/launcher.js'
import { Slot } from '../../../src/agent/slot.js'
import type { Place } from '../../../src/runtime/runtime.js'

const offer = { browserName: 'chrome', browserVersion: '1', platformName: 'linux' }
const browser = { profile: { key: '', capabilities: {} }, driverSession: '1', capabilities: {}, devtools: undefined, life: undefined, doors: {}, openedAt: 0 }

/** Ends the session of a slot in such a place; what was done and told then. */
async function afterSession (t: Test, place: Pick<Place, 'wipe' | 'keepsDriver'>, uses: number): Promise<{ slot: Slot, done: string[] }> {
  const done: string[] = []
  const events = agentEvents().on('uncleaned', () => done.push('uncleaned')).on('recycled', () => done.push('recycled'))
  const launcher = new Launcher({ runtime: { offers: [offer], start: () => t.fail() as never, close: async () => {} }, clock: systemClock, events, launchTimeout: 1000, uses })
  const slot = new Slot('1', offer, () => {})
  const { wipe } = place
  slot.place = {
    id: '1',
    driver: { address: { host: '127.0.0.1', port: 1 }, path: '', host: 'localhost' },
    needs: { args: [], headless: true, noSandbox: false, disableFeatures: [] },
    died: new Promise(() => {}),
    reach: async address => address,
    occupy () {},
    destroy: async () => { done.push('destroyed') },
    ...place,
    ...wipe === undefined ? {} : { wipe: async () => { done.push('wiped'); await wipe() } }
  }
  slot.browser = browser
  for (const state of ['blank', 'warm', 'leased'] as const) slot.move(state)
  await launcher.recycle(slot)
  return { slot, done }
}

const wipe = async (): Promise<void> => {}

t.test('a place is cleaned, and serves again', async t => {
  t.match(await afterSession(t, { wipe, keepsDriver: false }, 2), { slot: { state: 'blank' }, done: ['wiped', 'recycled'] })
})

t.test('what cannot be cleaned is thrown away, and that is told', async t => {
  const fails = async (): Promise<never> => { throw new Error('dirty') }
  t.match(await afterSession(t, { wipe: fails, keepsDriver: false }, 2), { slot: { state: 'dead' }, done: ['wiped', 'uncleaned', 'destroyed'] })
})

t.test('what serves once, or for the last time, is thrown away as it is', async t => {
  t.match(await afterSession(t, { keepsDriver: false }, 2), { slot: { state: 'dead' }, done: ['destroyed'] })
  t.match(await afterSession(t, { wipe, keepsDriver: false }, 1), { slot: { state: 'dead' }, done: ['destroyed'] })
})
