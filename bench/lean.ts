/** What a launch costs in processor time, and what each part that nobody sees is worth. The machine has to be quiet: all of it is measured. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { lean as features, leanInOne } from '../src/config/host-needs.js'
import { newSession } from '../test/support/webdriver.js'
import { options, startChromedriver } from './chromedriver.js'
import { Samples, timesRow, type Result, type Run } from './suite.js'

/** Further arguments of Chromium. The first is the reference. */
const variants: Readonly<Record<string, readonly string[]>> = {
  'as chromedriver starts it': [],
  ...Object.fromEntries(features.map(feature => [`without ${feature}`, [`--disable-features=${feature}`]])),
  'without both pop-ups': [`--disable-features=${features.filter(feature => feature.includes('Popup')).join(',')}`],
  'without all three': [`--disable-features=${features.join(',')}`],
  'lean: and the network in the browser\'s process': [`--disable-features=${features.join(',')}`, `--enable-features=${leanInOne.join(',')}`]
}

/** What Chromium still does after the driver has answered is part of the cost; in milliseconds. */
const settle = 700

export async function lean ({ scope, quick, say }: Run): Promise<Result> {
  const { hub } = await startChromedriver(scope)
  const spent = new Samples()
  for (let i = 0; i < (quick ? 5 : 15); i++) {
    for (const [name, args] of Object.entries(variants)) {
      say(`sample ${i} of ${name}`)
      const used = await costOf(hub, args)
      if (i > 0) spent.add(name, used) // the first one reads files that nobody has read yet
    }
  }
  const [reference = ''] = Object.keys(variants)
  const rows = spent.names.map(name => timesRow({ suite: 'lean', case: 'processor time of a session, opened to quiet to closed', contender: name, unit: 'ms', ratio: spent.median(name) / spent.median(reference), reference }, spent.of(name)))
  return { rows, targets: [{ what: 'a lean session\'s processor time, in an ordinary one\'s', figure: rows.at(-1)?.ratio ?? NaN, bound: 0.7, is: 'at most', unit: '×' }] }
}

/** Milliseconds of processor time. */
async function costOf (hub: string, args: readonly string[]): Promise<number> {
  const before = busy()
  const session = await newSession(hub, { ...options, 'goog:chromeOptions': { args: [...options['goog:chromeOptions'].args, ...args] } })
  await session.do('POST /url', { url: 'data:text/html,<title>lean</title>' })
  await pause(settle)
  await session.quit()
  await pause(settle / 2)
  return busy() - before
}

/** Milliseconds that all processors together have worked since boot (proc(5), the first line of /proc/stat: idle and iowait are the fourth and fifth). */
function busy (): number {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1)
  const times = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return times.reduce((sum, time, i) => i === 3 || i === 4 ? sum : sum + time, 0) * 10
}
