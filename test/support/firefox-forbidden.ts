/** Options of Firefox by which a session would start programs of the grid's own machine, or read its files with all rights. */
export const forbiddenCases: ReadonlyArray<readonly [what: string, options: object]> = [
  ['another binary', { binary: '/bin/sh' }],
  ['a variable', { env: { LD_PRELOAD: '/tmp/x.so' } }],
  ['a variable that Firefox knows', { env: { MOZ_REMOTE_ALLOW_SYSTEM_ACCESS: '1' } }],
  ['a profile', { profile: 'UEsDBBQAAAAI' }],
  ['a folder of a profile', { args: ['-profile', '/home/ann/.mozilla/firefox/x.default'] }],
  ['the same with two dashes', { args: ['--Profile=/home/ann'] }],
  ['a profile by its name', { args: ['-P', 'default'] }],
  ['an application of its own', { args: ['-app', '/tmp/application.ini'] }],
  ['the browser\'s own scripts', { args: ['--remote-allow-system-access'] }],
  ['a server for developers', { args: ['-start-debugger-server', '6000'] }],
  ['experiments', { prefs: { 'extensions.experiments.enabled': true } }],
  ['a configuration', { prefs: { 'general.config.filename': 'x.cfg' } }],
  ['a mailcap', { prefs: { 'helpers.private_mailcap_file': '/tmp/mailcap' } }],
  ['a library', { prefs: { 'network.negotiate-auth.gsslib': '/tmp/x.so' } }],
  ['a plugin', { prefs: { 'media.gmp-manager.url.override': 'http://localhost/' } }],
  ['a policy', { prefs: { 'browser.policies.alternatePath': '/tmp/policies.json' } }],
  ['what opens downloads', { prefs: { 'browser.helperApps.neverAsk.openFile': 'text/plain' } }],
  ['android: a package', { androidPackage: 'org.mozilla.firefox' }],
  ['android: a device', { androidDeviceSerial: 'emulator-5554' }]
]
