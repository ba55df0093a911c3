import t from 'tap'
import { featuresIn, featureSwitches } from '../../../src/protocol/features.js'

const none = { enable: [], disable: [] }

t.test('what is said stays, what is wished comes behind it', async t => {
  t.strictSame(featureSwitches({ enable: ['A'], disable: ['B'] }, { enable: ['C'], disable: ['D'] }), ['--enable-features=A,C', '--disable-features=B,D'])
})

t.test('a wish does not change what is said, with parameters or a study or without', async t => {
  t.strictSame(featureSwitches({ enable: ['A:p/1', 'E<Study'], disable: ['B'] }, { enable: ['B:q/2'], disable: ['A', 'E'] }), ['--enable-features=A:p/1,E<Study', '--disable-features=B'])
})

t.test('nothing is named twice, and no switch is empty', async t => {
  t.strictSame(featureSwitches({ enable: [], disable: ['A'] }, { enable: [], disable: ['A'] }), ['--disable-features=A'])
  t.strictSame(featureSwitches(none, none), [])
})

t.test('features are found in switches with dashes and without', async t => {
  t.strictSame(featuresIn(['/usr/bin/chromium', '--enable-features=A,B', 'disable-features=C', '--lang=de', '--enable-features=']), { enable: ['A', 'B'], disable: ['C'] })
})
