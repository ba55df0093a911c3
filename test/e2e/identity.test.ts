/** A session handed out warm is the one that the driver would have made for it: in its capabilities, and in the page. */
import t from 'tap'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import { hostNeeds } from '../../src/config/host-needs.js'
import { loadConfig } from '../../src/config/load.js'
import { mergeHostNeeds } from '../../src/protocol/host-needs.js'
import { killNow } from '../../src/runtime/processes.js'
import { localBrowsers, startGrid } from '../support/grid.js'
import { metricsOf } from '../support/pool.js'
import { startSite } from '../support/site.js'
import { until } from '../support/until.js'
import { execute, newSession, type RawSession } from '../support/webdriver.js'

const [chrome] = await localBrowsers()
if (chrome === undefined) throw new Error('there is no browser')
const { config } = loadConfig({ environment: {} })
const needs = (await hostNeeds(config, [chrome])).needsOf(chrome)

const child = spawn(chrome.driver, ['--port=0'], { stdio: ['ignore', 'pipe', 'ignore'], detached: true })
t.teardown(async () => {
  const ended = once(child, 'exit')
  killNow(-(child.pid ?? NaN)) // the driver's group: what it has started goes with it
  await ended
})
let driver = ''
for await (const line of createInterface({ input: child.stdout })) {
  driver = `http://127.0.0.1:${/on port (\d+)/.exec(line)?.[1] ?? ''}`
  if (/started successfully/.test(line)) break
}

/** What a page and a client can see, and does not differ between any two sessions; with BiDi the driver begins with a history of 1 or 2, by chance. */
const script = `
  const [varies, done] = arguments
  const own = Object.getOwnPropertyNames(window).sort()
  const properties = object => { const seen = {}; for (const name in object) if (['string', 'number', 'boolean'].includes(typeof object[name])) seen[name] = object[name]; return seen }
  const gl = document.createElement('canvas').getContext('webgl')
  const canvas = document.createElement('canvas').getContext('2d')
  canvas.fillText('The quick brown fox 🦊', 5, 20)
  const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'clipboard-write', 'midi', 'persistent-storage', 'storage-access']
  Promise.all(names.map(name => navigator.permissions.query({ name }).then(({ state }) => state, error => error.name))).then(async permissions => done({
    own, permissions,
    navigator: properties(navigator),
    languages: navigator.languages,
    data: await navigator.userAgentData?.getHighEntropyValues?.(['architecture', 'bitness', 'model', 'platformVersion', 'fullVersionList']),
    plugins: [...navigator.plugins].map(({ name }) => name),
    screen: properties(screen),
    window: [outerWidth, outerHeight, innerWidth, innerHeight, devicePixelRatio, screenX, screenY, visualViewport.scale, name, closed, opener === null, length, isSecureContext, crossOriginIsolated],
    document: [document.visibilityState, document.hasFocus(), document.referrer, document.characterSet, document.compatMode, varies ? 0 : history.length],
    media: ['(prefers-color-scheme: dark)', '(prefers-reduced-motion: reduce)', '(hover: hover)', '(pointer: fine)', '(forced-colors: active)', '(display-mode: browser)'].map(query => matchMedia(query).matches),
    intl: Intl.DateTimeFormat().resolvedOptions(),
    webdriver: navigator.webdriver,
    gl: gl && [gl.getParameter(gl.VENDOR), gl.getParameter(gl.RENDERER), gl.getSupportedExtensions()],
    canvas: canvas.canvas.toDataURL(),
    storage: [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length, (await caches.keys()).length],
    features: document.featurePolicy?.allowedFeatures?.().sort(),
    chrome: Object.keys(window.chrome ?? {}),
    devices: (await navigator.mediaDevices?.enumerateDevices?.())?.map(({ kind }) => kind),
    ranks: [typeof cdc_adoQpoasnfa76pfcZLmcfl_Array, 'ontouchstart' in window, 'Notification' in window && Notification.permission]
  }))`

async function seen (session: RawSession, site: string): Promise<object> {
  const timeouts = await session.do('GET /timeouts')
  const handles = await session.do<string[]>('GET /window/handles')
  const before = { timeouts, handles: handles.length, url: await session.do('GET /url'), title: await session.do('GET /title'), rectangle: await session.do('GET /window/rect') }
  await session.do('POST /url', { url: `${site}/other` })
  const page = await session.do('POST /execute/async', { script, args: [session.capabilities['webSocketUrl'] !== undefined] })
  return { capabilities: comparable(session), before, page, cookies: await session.do('GET /cookie') }
}

/** What a page knows of its window. */
const window = 'return [outerWidth, outerHeight, innerWidth, document.visibilityState, document.hasFocus(), document.fullscreenElement !== null]'

/**
 * What becomes of the windows of two sessions, and of what their pages know of them: a step in both at a time.
 * A page hears of its window a moment after the driver's answer, so both are looked at until they agree, or two seconds long.
 */
async function windowsOf (sessions: readonly RawSession[]): Promise<unknown[][]> {
  const looks: unknown[][] = sessions.map(() => [])
  const step = async <T> (what: string, act: (session: RawSession) => Promise<T>): Promise<T[]> => {
    const answers = await Promise.all(sessions.map(act))
    let pages: unknown[] = []
    await until('the pages agree', async () => {
      pages = await Promise.all(sessions.map(session => execute(session, window)))
      return pages.every(page => isDeepStrictEqual(page, pages[0]))
    }, 2000).catch(() => undefined) // what they differ in is the caller's to say
    looks.forEach((look, i) => look.push([what, answers[i], pages[i]]))
    return answers
  }
  await step('a size', session => session.do('POST /window/rect', { width: 900, height: 700 }))
  for (const state of ['minimize', 'fullscreen', 'maximize']) await step(state, session => session.do(`POST /window/${state}`))
  await step('a size and a place', session => session.do('POST /window/rect', { width: 700, height: 500, x: 1, y: 2 }))
  const first = await Promise.all(sessions.map(async session => (await session.do<string[]>('GET /window/handles'))[0]))
  await step('a script that opens a window', session => execute(session, 'return open("/other") !== null'))
  await step('behind a tab', async session => (await session.do<string[]>('GET /window/handles')).length)
  await step('in front again', async session => {
    await session.do('POST /window', { handle: first[sessions.indexOf(session)] })
    return session.do('GET /window/rect')
  })
  return looks
}

/** Without what differs between any two sessions, and without what the grid adds. */
function comparable ({ capabilities }: RawSession): object {
  const { 'tggrid:isolation': _isolation, 'tggrid:isolationReason': _reason, chrome, 'goog:chromeOptions': options, 'goog:processID': pid, 'se:cdp': cdp, 'se:cdpVersion': version, 'se:gridWebSocketUrl': grid, webSocketUrl: bidi, ...rest } = capabilities as Record<string, unknown>
  return {
    ...rest,
    types: [pid, bidi].map(value => typeof value),
    chrome: Object.keys(chrome as object).sort(),
    driver: (chrome as Record<string, string>)['chromedriverVersion'],
    options: Object.keys(options as object)
  }
}

const wishes: Readonly<Record<string, object>> = {
  'no wishes': {},
  'what a script asks for': { browserName: 'chrome', pageLoadStrategy: 'eager', timeouts: { implicit: 100, script: 5000 }, unhandledPromptBehavior: 'accept' },
  'arguments, preferences and a language': { 'goog:chromeOptions': { args: ['--window-size=1000,600', '--lang=de', '--disable-features=Translate'], prefs: { 'intl.accept_languages': 'fr,de', 'profile.default_content_setting_values.notifications': 2 } } },
  'an emulated telephone': { 'goog:chromeOptions': { mobileEmulation: { deviceMetrics: { width: 360, height: 640, pixelRatio: 3 }, userAgent: 'telephone' } } },
  BiDi: { webSocketUrl: true }
}

const site = await startSite(t)
const grid = await startGrid(t, { 'pool.size': 6, 'pool.warm': 4 })

for (const [name, wish] of Object.entries(wishes)) {
  t.test(`${name}: warm and direct are the same`, async t => {
    for (let i = 0; i < 2; i++) await (await newSession(grid.hub, wish)).quit() // asked for twice: learned
    await grid.warm()
    const { poolHits } = await metricsOf(grid.hub)
    const warm = await newSession(grid.hub, wish)
    t.equal((await metricsOf(grid.hub)).poolHits, poolHits + 1, 'it was warm')
    // Chrome's features that nobody sees stay on here: that they cannot be seen is what is to be shown.
    const direct = await newSession(driver, mergeHostNeeds({ browserName: 'chrome', ...wish }, { ...needs, disableFeatures: [] }))
    t.strictSame(await seen(warm, site), await seen(direct, site))
    const [ofWarm, ofDirect] = await windowsOf([warm, direct])
    t.strictSame(ofWarm, ofDirect, 'and so is what becomes of their windows')
    await warm.quit()
    await direct.quit()
  })
}
