/** Which addresses a container may open connections to, as nft is told. */
import t from 'tap'
import { fenceRules } from '../../../src/runtime/fence.js'

/** Verdicts on addresses, in order. */
const verdicts = (rules: string): string[] => rules.split('\n').map(line => line.trim()).filter(line => /^ip6? daddr/.test(line))

t.test('replies and the loopback first, then what is allowed, then what is refused', async t => {
  const rules = fenceRules(['10.0.0.9', 'fd00:1::/64'], ['198.18.7.7', 'fd00::2'])
  t.match(rules, /oif "lo" accept\n *ct state established,related accept\n/)
  const [first, second, ...others] = verdicts(rules)
  t.strictSame([first, second], ['ip daddr 10.0.0.9 accept', 'ip6 daddr fd00:1::/64 accept'])
  t.ok(others.every(rule => rule.endsWith(' reject')))
  for (const network of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10', '198.18.7.7']) t.ok(others.includes(`ip daddr ${network} reject`), network)
  for (const network of ['::/3', '8000::/1', 'fd00::2']) t.ok(others.includes(`ip6 daddr ${network} reject`), network)
})

t.test('it can be said again: what was there is replaced', async t => {
  t.match(fenceRules([], []), /^table inet tggrid\ndelete table inet tggrid\ntable inet tggrid \{/)
})
