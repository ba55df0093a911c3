/** Bodies of New Session, valid and not, after the ideas of the W3C's own tests (web-platform-tests, webdriver/tests/classic/new_session). */

/** Bodies that the specification refuses with `invalid argument`. */
export function invalidBodies (): unknown[] {
  return [...misshapen(), ...valueCases(invalidValues), ...unknownNames(), ...overlaps()]
}

/** Bodies that the specification takes; which browser they get is another question. */
export function validBodies (): unknown[] {
  return [...wellShaped(), ...valueCases(validValues), ...valueCases(nulls())]
}

const notObjects = [1, '1', true, [], 'text', 1.5]

function misshapen (): unknown[] {
  return [
    {},
    ...[...notObjects, null].map(capabilities => ({ capabilities })),
    ...[...notObjects].map(alwaysMatch => ({ capabilities: { alwaysMatch } })),
    ...[1, '1', true, {}, []].map(firstMatch => ({ capabilities: { firstMatch } })),
    ...[...notObjects, null].map(choice => ({ capabilities: { firstMatch: [choice] } })),
    ...[...notObjects, null].map(choice => ({ capabilities: { firstMatch: [{}, choice] } })),
    { capabilities: { alwaysMatch: {}, firstMatch: [] } }
  ]
}

function wellShaped (): unknown[] {
  return [
    { capabilities: {} },
    { capabilities: { alwaysMatch: {} } },
    { capabilities: { firstMatch: [{}] } },
    { capabilities: { alwaysMatch: {}, firstMatch: [{}] } },
    { capabilities: { alwaysMatch: { pageLoadStrategy: 'eager' }, firstMatch: [{ acceptInsecureCerts: false }, {}] } },
    { capabilities: { alwaysMatch: { 'test:extension': 1 } } },
    { capabilities: { alwaysMatch: { 'test:extension': { a: [null] }, 'other:one': null } } },
    { capabilities: { alwaysMatch: {}, anotherKey: 1 } },
    { capabilities: { alwaysMatch: {} }, anotherKey: 1 }
  ]
}

const validValues: ReadonlyArray<readonly [name: string, values: readonly unknown[]]> = [
  ['acceptInsecureCerts', [false, true]],
  ['pageLoadStrategy', ['none', 'eager', 'normal']],
  ['proxy', [{ proxyType: 'pac', proxyAutoconfigUrl: 'http://127.0.0.1/proxy.pac' }, { proxyType: 'direct' }, { proxyType: 'system' },
    { proxyType: 'autodetect' }, { proxyType: 'manual', httpProxy: '127.0.0.1:8080' }, { proxyType: 'manual', sslProxy: '127.0.0.1' },
    { proxyType: 'manual', httpProxy: '127.0.0.1', noProxy: [] }, { proxyType: 'manual', httpProxy: '127.0.0.1', noProxy: ['localhost', '127.0.0.1'] },
    { proxyType: 'manual', httpProxy: 'http://127.0.0.1:8080', noProxy: 'localhost' },
    { proxyType: 'manual', socksProxy: '127.0.0.1:1080', socksVersion: 5 }]],
  ['timeouts', [{ script: 0, pageLoad: 2.0, implicit: 2 ** 53 - 1 }, { script: 50 }, { pageLoad: 25 }, { implicit: 500 }, { script: null }, { pageLoad: null }, {}]],
  ['unhandledPromptBehavior', ['dismiss', 'accept', 'dismiss and notify', 'accept and notify', 'ignore', { alert: 'accept' }, { default: 'ignore' },
    { alert: 'accept', beforeUnload: 'dismiss', confirm: 'ignore', prompt: 'accept and notify' }]],
  ['strictFileInteractability', [true, false]],
  ['test:extension', [true, 'abc', 123, [], { key: 'value' }]]
]

const notBooleans = [1, 0, '', 'true', 'false', [], {}, [false], { value: false }]
const notStrings = [false, true, 1, 1.5, [], {}, ['chrome']]

const invalidValues: ReadonlyArray<readonly [name: string, values: readonly unknown[]]> = [
  ['acceptInsecureCerts', notBooleans],
  ['browserName', notStrings],
  ['browserVersion', notStrings],
  ['platformName', notStrings],
  ['pageLoadStrategy', [...notStrings, 'invalid', 'NONE', 'Eager', 'eagerblah', 'interactive', ' eager', 'eager ', '']],
  ['proxy', [1, [], 'text', true, { proxyType: 'SYSTEM' }, { proxyType: 'systemSomething' }, { proxyType: 'random' }, { proxyType: 1 }, { proxyType: [] },
    { proxyType: 'pac' }, { proxyType: 'pac', proxyAutoconfigUrl: 1 }, { proxyType: 'manual', httpProxy: 1 }, { proxyType: 'manual', httpProxy: [] },
    { proxyType: 'manual', httpProxy: {} }, { proxyType: 'manual', sslProxy: false }, { 'proxy type': 'pac' }, { PROXYTYPE: 'system' }, { ' proxyType': 'system' }, { proxyType: 'system ' },
    { proxyType: 'manual', socksProxy: '127.0.0.1' }, { proxyType: 'manual', socksProxy: '127.0.0.1', socksVersion: 256 },
    { proxyType: 'manual', socksProxy: '127.0.0.1', socksVersion: -1 }, { proxyType: 'manual', socksProxy: '127.0.0.1', socksVersion: '5' },
    { proxyType: 'manual', httpProxy: '127.0.0.1', noProxy: [1] },
    { proxyType: 'manual', httpProxy: '127.0.0.1', noProxy: {} }]],
  ['timeouts', [1, [], '{}', false, { invalid: 10 }, { PAGELOAD: 10 }, { 'page load': 10 }, { ' pageLoad': 10 }, { 'pageLoad ': 10 },
    ...['10', 10.5, -1, 2 ** 53, [], {}, true, ''].flatMap(time => ['script', 'pageLoad', 'implicit'].map(kind => ({ [kind]: time }))),
    { pageLoad: 10, invalid: 10 }]],
  ['setWindowRect', [1, [], {}, 'false']],
  ['unhandledPromptBehavior', [...notStrings.filter(value => typeof value !== 'object' || Array.isArray(value)), 'invalid', 'DISMISS', 'dismissABC', 'Accept', ' dismiss', 'dismiss ', '',
    { alert: 'invalid' }, { alert: 1 }, { nothing: 'accept' }, { alert: null }, { default: [] }]],
  ['strictFileInteractability', notBooleans],
  ['webSocketUrl', [1, 1.5, -1, '', 'invalid', 'true', [], {}, [true], { value: true }]]
]

function nulls (): ReadonlyArray<readonly [string, readonly unknown[]]> {
  return [...validValues, ...invalidValues].map(([name]) => [name, [null]])
}

/** Each value alone, in alwaysMatch, in firstMatch, and in a later choice. */
function valueCases (table: ReadonlyArray<readonly [string, readonly unknown[]]>): unknown[] {
  return table.flatMap(([name, values]) => values.flatMap(value => [
    { capabilities: { alwaysMatch: { [name]: value } } },
    { capabilities: { firstMatch: [{ [name]: value }] } },
    { capabilities: { firstMatch: [{}, { [name]: value }] } }
  ]))
}

function unknownNames (): unknown[] {
  const names = ['invalid', 'foo', 'firefox', 'firefox_binary', 'firefoxOptions', 'chromeOptions', 'automaticInspection', 'automaticProfiling', 'platform',
    'version', 'browser', 'platformVersion', 'javascriptEnabled', 'nativeEvents', 'seleniumProtocol', 'profile', 'trustAllSSLCertificates', 'initialBrowserUrl',
    'requireWindowFocus', 'logFile', 'logLevel', 'safari.options', 'ensureCleanSession', 'desiredCapabilities', 'requiredCapabilities']
  return names.flatMap(name => ['text', 1, {}, true].flatMap(value => [
    { capabilities: { alwaysMatch: { [name]: value } } },
    { capabilities: { firstMatch: [{ [name]: value }] } }
  ]))
}

function overlaps (): unknown[] {
  return validValues.flatMap(([name, [value]]) => [
    { capabilities: { alwaysMatch: { [name]: value }, firstMatch: [{ [name]: value }] } },
    { capabilities: { alwaysMatch: { [name]: value }, firstMatch: [{}, { [name]: value }] } }
  ])
}
