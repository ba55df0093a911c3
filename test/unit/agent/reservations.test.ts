import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Reservations } from '../../../src/agent/reservations.js'
import { HeldClock } from '../../support/held-clock.js'

/** An agent with room for so many, and so many routers. */
class Host {
  readonly clock = new HeldClock()
  readonly reservations: Reservations
  room: number
  timesOpened = 0

  constructor (room: number, routers: number) {
    this.room = room
    this.reservations = new Reservations({ room: () => this.room, routers: () => routers, opened: () => { this.timesOpened++ }, clock: this.clock })
  }

  /** All its browsers are in use, and then so many are not. */
  free (room: number): void {
    this.room = 0
    this.reservations.look()
    this.room = room
    this.reservations.look()
  }

  /** A session, or the reason for none. */
  async ask (waited: number, user = ''): Promise<string> {
    return await this.reservations.reserve({ waited, user }).then(() => 'yes', (error: Error) => error.message)
  }
}

const no = 'every browser is in use'

t.test('who waited longest gets what became free, whichever router is heard first', async t => {
  const host = new Host(0, 2)
  host.free(1)
  t.strictSame([host.timesOpened, host.reservations.opening], [1, true])
  const early = host.ask(100) // before the routers are told: it had its own reason to ask
  let heard = (): void => {}
  host.reservations.told(new Promise<void>(resolve => { heard = resolve }))
  t.equal(host.reservations.opening, false)
  const late = host.ask(300)
  host.clock.pass(150) // a router is slow to say that it has heard
  const latest = host.ask(200)
  heard()
  t.strictSame(await Promise.all([early, late, latest]), [no, 'yes', no])
})

t.test('users take turns, however long the clients of one have waited, and whichever routers they are at', async t => {
  const host = new Host(1, 2)
  t.equal(await host.ask(0, 'ann'), 'yes')
  host.free(5)
  const waiting = [['ann', 900], ['ann', 800], ['bob', 100], ['ann', 700], ['eve', 200], ['bob', 50]] as const
  const asked = waiting.map(async ([user, waited]) => ({ who: `${user} ${waited}`, ticket: await host.reservations.reserve({ user, waited }).catch(() => Infinity) }))
  host.reservations.told(Promise.resolve())
  const order = (await Promise.all(asked)).sort((a, b) => a.ticket - b.ticket)
  t.strictSame(order.map(({ who, ticket }) => ticket === Infinity ? `${who} not` : who), ['eve 200', 'bob 100', 'ann 900', 'bob 50', 'ann 800 not', 'ann 700 not'])
})

t.test('once all have heard, whoever asks gets it at once', async t => {
  const host = new Host(0, 2)
  host.free(2)
  host.reservations.told(Promise.resolve())
  await turn()
  t.strictSame([await host.ask(1), await host.ask(2), await host.ask(3)], ['yes', 'yes', no])
})

t.test('a router that does not say that it has heard is not waited for without end', async t => {
  const host = new Host(0, 2)
  host.free(1)
  host.reservations.told(new Promise(() => {}))
  const asked = host.ask(1)
  host.clock.pass(200)
  t.equal(await asked, 'yes')
})

t.test('a router that is alone is never let wait', async t => {
  const host = new Host(0, 1)
  host.free(1)
  t.equal(await host.ask(1), 'yes')
  t.equal(host.timesOpened, 0)
})

t.test('a promise that lapses is room again, of which the routers are told', async t => {
  const host = new Host(1, 2)
  t.equal(await host.ask(1), 'yes')
  t.equal(await host.ask(1), no)
  host.clock.pass(2000)
  t.equal(host.reservations.held, 0)
  t.equal(host.timesOpened, 1)
})
