import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findBrowsers } from '../../../src/config/browsers.js'
import { readBrowsersFile } from '../../../src/config/browsers-file.js'
import { usualPlaces, type Places } from '../../../src/config/discover.js'
import { Versions } from '../../../src/config/versions.js'

/** A folder of programs that answer `--version` as told. */
function programs (t: Test, scripts: Record<string, string>): { folder: string, places: Places } {
  const folder = mkdtempSync(join(tmpdir(), 'tggrid-test-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  for (const [name, body] of Object.entries(scripts)) writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  return { folder, places: { path: [folder], usual: { browsers: [], shells: [], drivers: [], firefoxes: [], geckodrivers: [] } } }
}

const chromium = (version: string) => `echo "warning 1.2.3.4: unexpected" >&2; echo "Chromium ${version} built on Debian GNU/Linux 12 (bookworm)"`
const chromedriver = (version: string) => `echo "ChromeDriver ${version} (a21ce95c24ce-refs/branch-heads/8078@{#1704})"`

t.test('a browser is found with the driver of its major version', async t => {
  const { folder, places } = programs(t, {
    chromium: chromium('156.0.8078.79'), chromedriver: chromedriver('156.0.8078.10'), 'chrome-headless-shell': chromium('156.0.1.1')
  })
  t.same(await findBrowsers(null, places), {
    browsers: [
      { browserName: 'chrome', version: '156.0.8078.79', binary: join(folder, 'chromium') },
      { browserName: 'chrome-headless-shell', version: '156.0.1.1', binary: join(folder, 'chrome-headless-shell') }
    ].map(browser => ({
      ...browser, label: browser.version, driver: join(folder, 'chromedriver'), driverVersion: '156.0.8078.10', driverArgs: [], environment: []
    })),
    notes: []
  })
})

t.test('without a driver, or with another version\'s, a browser is told of and not used', async t => {
  const alone = programs(t, { chromium: chromium('156.0.0.1') })
  t.match(await findBrowsers(null, alone.places), { browsers: [], notes: [/^chrome 156\.0\.0\.1 \(.*\) cannot be used: there is no chromedriver; install version 156/] })
  const older = programs(t, { chromium: chromium('156.0.0.1'), chromedriver: chromedriver('155.0.0.1') })
  t.match(await findBrowsers(null, older.places), { browsers: [], notes: [/same major version, and .*chromedriver has 155\.0\.0\.1; install chromedriver 156/] })
  const nothing = programs(t, { chromedriver: chromedriver('155.0.0.1') })
  t.match(await findBrowsers(null, nothing.places), { browsers: [], notes: [/no Chrome, Chromium or Firefox was found/] })
})

t.test('Firefox is found with any geckodriver; without one that is said', async t => {
  const firefox = 'echo "Mozilla Firefox 153.7.0esr"'
  const { folder, places } = programs(t, { 'firefox-esr': firefox, geckodriver: 'echo "geckodriver 0.36.0 (a3d508507022 2025-02-24 15:57 +0000)"' })
  t.match(await findBrowsers(null, places), { browsers: [{ browserName: 'firefox', version: '153.7.0', binary: join(folder, 'firefox-esr'), driver: join(folder, 'geckodriver'), driverVersion: '0.36.0' }], notes: [] })
  const alone = programs(t, { 'firefox-esr': firefox, chromedriver: chromedriver('153.0.0.1') })
  t.match(await findBrowsers(null, alone.places), { browsers: [], notes: [/^firefox 153\.7\.0 \(.*firefox-esr\) cannot be used: there is no geckodriver; install one/] })
})

t.test('browsers.json may list Firefox\'s driver', async t => {
  const { folder, places } = programs(t, { firefox: 'echo "Mozilla Firefox 153.0"', geckodriver: 'echo "geckodriver 0.36.0"' })
  const file = join(folder, 'browsers.json')
  writeFileSync(file, JSON.stringify({ firefox: { default: 'esr', versions: { esr: { image: ['geckodriver', '--log=warn'] } } } }))
  t.match(await findBrowsers(file, places), { browsers: [{ browserName: 'firefox', version: '153.0', label: 'esr', binary: join(folder, 'firefox'), driverArgs: ['--log=warn'] }], notes: [] })
})

t.test('several versions are found, the newest first, and links count once', async t => {
  const { folder, places } = programs(t, {
    chromium: chromium('99.0.0.1'), 'google-chrome-stable': chromium('156.0.0.1'), chromedriver: chromedriver('156.0.0.1')
  })
  symlinkSync(join(folder, 'google-chrome-stable'), join(folder, 'google-chrome'))
  const { browsers, notes } = await findBrowsers(null, places)
  t.same(browsers.map(browser => browser.version), ['156.0.0.1'])
  t.match(notes, [/chrome 99/])
})

t.test('what does not run is told of: a snap\'s placeholder, a program that fails, a program that says nothing', async t => {
  const { places } = programs(t, {
    'chromium-browser': 'echo "Command requires the chromium snap to be installed. Please install it with: snap install chromium"; exit 1',
    'google-chrome': 'echo "error while loading shared libraries: libnss3.so" >&2; exit 127',
    chromedriver: 'exit 0'
  })
  const { browsers, notes } = await findBrowsers(null, places)
  t.same(browsers, [])
  t.match(notes.join('\n'), /chromium-browser does not run: it stands for a snap package/)
  t.match(notes.join('\n'), /google-chrome does not run: error while loading shared libraries/)
  t.match(notes.join('\n'), /chromedriver does not run: it says no version/)
})

t.test('a file is asked for its version once, and again when it has changed', async t => {
  const { folder } = programs(t, { chromium: 'echo x >> "$0.asked"; echo "Chromium 1.0.0.1"' })
  const file = join(folder, 'chromium')
  const versions = new Versions()
  t.same(await Promise.all([versions.of(file), versions.of(file)]), ['1.0.0.1', '1.0.0.1'])
  t.equal(readFileSync(`${file}.asked`, 'utf8'), 'x\n')
  writeFileSync(file, '#!/bin/sh\necho "Chromium 22.0.0.1"\n')
  t.equal(await versions.of(file), '22.0.0.1')
  await t.rejects(versions.of('/nowhere'), { message: '/nowhere does not exist' })
})

t.test('the browser of this machine is found', async t => {
  const { browsers } = await findBrowsers(null, usualPlaces())
  const chrome = browsers.find(browser => browser.browserName === 'chrome')
  t.match(chrome?.version, /^\d+\.\d+\.\d+\.\d+$/)
  t.equal(chrome?.version.split('.')[0], chrome?.driverVersion.split('.')[0])
})

const selenoids = {
  firefox: {
    default: '57.0',
    versions: {
      '57.0': {
        image: 'selenoid/firefox:57.0',
        port: '4444',
        path: '/wd/hub',
        tmpfs: { '/tmp': 'size=512m' },
        volumes: ['/from:/to:ro'],
        env: ['LANG=ru_RU.UTF-8'],
        hosts: ['example.com:192.168.0.1'],
        shmSize: 268435456,
        labels: { a: 'b' },
        sysctl: { 'net.ipv4.tcp_timestamps': '2' },
        mem: '512m',
        cpu: '1.0'
      }
    }
  },
  chrome: {
    default: 'latest',
    versions: { '86.0': { image: 'selenoid/vnc_chrome:86.0', port: '4444', video: true }, latest: { image: 'selenoid/chrome', port: '4444' } }
  }
}

function browsersFile (t: Test, content: unknown): string {
  return join(t.testdir({ 'browsers.json': JSON.stringify(content) }), 'browsers.json')
}

t.test('Selenoid\'s browsers.json is read unchanged, default versions first', async t => {
  const { entries, notes } = readBrowsersFile(browsersFile(t, selenoids))
  t.same(entries.map(entry => `${entry.name} ${entry.version} ${entry.image}`), [
    'firefox 57.0 selenoid/firefox:57.0', 'chrome latest selenoid/chrome', 'chrome 86.0 selenoid/vnc_chrome:86.0'
  ])
  t.same(entries[0]?.settings, selenoids.firefox.versions['57.0'])
  t.match(notes, [/chrome 86\.0: key video is not known and ignored/])
})

t.test('images cannot be run as local processes, and that is told for each', async t => {
  const { browsers, notes } = await findBrowsers(browsersFile(t, selenoids), programs(t, {}).places)
  t.same(browsers, [])
  t.equal(notes.filter(note => note.includes('Docker image')).length, 3)
})

t.test('a list as image is a local driver; its browser is named, or found by the driver\'s version', async t => {
  const { folder, places } = programs(t, { chromium: chromium('156.0.0.1'), chromedriver: chromedriver('156.0.0.2'), old: chromium('90.0.0.1') })
  const driver = join(folder, 'chromedriver')
  const file = join(t.testdir({}), 'browsers.json')
  const version = (more: object) => ({ image: [driver, '--verbose'], env: ['TZ=UTC'], ...more })
  writeFileSync(file, JSON.stringify({
    chrome: { default: 'b', versions: { a: version({ binary: join(folder, 'old') }), b: version({}), c: version({ image: ['nowhere'] }) } },
    safari: { versions: { 1: version({}) } }
  }))
  const { browsers, notes } = await findBrowsers(file, places)
  t.same(browsers, [{
    browserName: 'chrome',
    version: '156.0.0.1',
    label: 'b',
    preferred: true,
    binary: join(folder, 'chromium'),
    driver,
    driverVersion: '156.0.0.2',
    driverArgs: ['--verbose'],
    environment: ['TZ=UTC']
  }])
  t.match(notes.join('\n'), /chrome a cannot be used: .*old is version 90\.0\.0\.1/)
  t.match(notes.join('\n'), /chrome c: the driver nowhere is not on the PATH/)
  t.match(notes.join('\n'), /safari 1 cannot be opened as a local process/)
})

t.test('a file of another shape is refused with the place that is wrong', async t => {
  t.throws(() => readBrowsersFile(browsersFile(t, { chrome: { versions: { 1: { image: 'x', shmSize: '1g' } } } })), { message: /browsers\.json: chrome\.versions\.1\.shmSize: / })
  t.throws(() => readBrowsersFile(browsersFile(t, { chrome: { versions: { 1: {} } } })), { message: /chrome\.versions\.1\.image/ })
  t.throws(() => readBrowsersFile(browsersFile(t, [])), { message: /the file: / })
  t.throws(() => readBrowsersFile('/nowhere.json'), { message: /cannot be read/ })
  t.match(readBrowsersFile(browsersFile(t, { chrome: { default: '9', versions: { 1: { image: 'x', shmsize: 1 } } } })).notes, [
    /default of chrome, 9, is not among its versions: 1/, /key shmsize is not known and ignored; did you mean shmSize/
  ])
})
