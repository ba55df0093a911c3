/** What a session can leave behind, each with a way to leave it and a way to find it: in the browser, and in the browser's machine. */
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { execIn } from './engine.js'

/** A session as its traces are left and looked for. */
export interface Scene {
  /** At the site's root, in the browser's own context. */
  readonly page: Page
  readonly context: BrowserContext
  readonly devtools: CDPSession
  /** The container's id. */
  readonly container: string
  readonly site: TraceSite
  /** Host and port of a site that wants to be asked by TLS only. */
  readonly strict: string
}

/** A site that remembers which of its pages were asked for. */
export interface TraceSite {
  readonly origin: string
  /** How often a path was asked for. */
  asked (path: string): number
}

export interface Trace {
  readonly name: string
  readonly leave: (scene: Scene) => Promise<unknown>
  /** Whether it is there. */
  readonly found: (scene: Scene) => Promise<boolean>
}

/** One that needs no DevTools to be left and looked for. */
export interface MachineTrace {
  readonly name: string
  readonly leave: (machine: Pick<Scene, 'container'>) => Promise<unknown>
  readonly found: (machine: Pick<Scene, 'container'>) => Promise<boolean>
  readonly sign: Sign
}

/** What a shell's command prints where a trace is. */
interface Sign {
  readonly command: string
  readonly pattern: RegExp
}

const evaluate = (script: string) => ({ page }: Scene): Promise<unknown> => page.evaluate(script)
const holds = (script: string) => async ({ page }: Scene): Promise<boolean> => await page.evaluate(script) === true
const inMachine = (command: string) => async ({ container }: Pick<Scene, 'container'>): Promise<string> => await execIn(container, 'sh', '-c', command)
const says = (command: string, text: string): Pick<MachineTrace, 'found' | 'sign'> => {
  const pattern = new RegExp(text)
  return { sign: { command, pattern }, found: async ({ container }) => pattern.test(await execIn(container, 'sh', '-c', command)) }
}

/** In the browser. */
export const browserTraces: readonly Trace[] = [
  { name: 'a cookie', leave: evaluate('document.cookie = "trace=1; max-age=9999"'), found: holds('document.cookie.includes("trace")') },
  { name: 'localStorage', leave: evaluate('localStorage.setItem("trace", "1")'), found: holds('localStorage.length > 0') },
  { name: 'IndexedDB', leave: evaluate('new Promise((done, fail) => { const r = indexedDB.open("trace"); r.onsuccess = () => done(); r.onerror = fail })'), found: holds('indexedDB.databases().then(all => all.length > 0)') },
  { name: 'Cache Storage', leave: evaluate('caches.open("trace").then(cache => cache.put("/x", new Response("x")))'), found: holds('caches.keys().then(all => all.length > 0)') },
  { name: 'a service worker', leave: evaluate('navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready).then(() => {})'), found: holds('navigator.serviceWorker.getRegistrations().then(all => all.length > 0)') },
  { name: 'the origin\'s private file system', leave: evaluate('navigator.storage.getDirectory().then(root => root.getFileHandle("trace", { create: true })).then(() => {})'), found: holds('navigator.storage.getDirectory().then(async root => { for await (const _ of root.keys()) return true; return false })') },
  { name: 'the HTTP cache', leave: evaluate('fetch("/cached").then(r => r.text())'), found: async ({ page, site }) => { const before = site.asked('/cached'); await page.evaluate('fetch("/cached").then(r => r.text())'); return site.asked('/cached') === before } },
  { name: 'credentials of HTTP authentication', leave: evaluate('new Promise(done => { const x = new XMLHttpRequest(); x.open("GET", "/secret", true, "ann", "sesame"); x.onloadend = () => done(); x.send() })'), found: holds('fetch("/secret", { signal: AbortSignal.timeout(1000) }).then(r => r.status === 200, () => false)') }, // unknown, the browser would ask for them for ever
  { name: 'a permission', leave: ({ devtools, site }) => devtools.send('Browser.setPermission', { permission: { name: 'midi' }, setting: 'granted', origin: site.origin }), found: holds('navigator.permissions.query({ name: "midi" }).then(({ state }) => state === "granted")') },
  { name: 'the time zone', leave: ({ devtools }) => devtools.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' }), found: holds('Intl.DateTimeFormat().resolvedOptions().timeZone === "Asia/Tokyo"') },
  { name: 'the locale', leave: ({ devtools }) => devtools.send('Emulation.setLocaleOverride', { locale: 'fr_CA' }), found: holds('Intl.NumberFormat().resolvedOptions().locale === "fr-CA"') },
  { name: 'the window\'s size', leave: async ({ devtools }) => { const { windowId } = await devtools.send('Browser.getWindowForTarget'); await devtools.send('Browser.setWindowBounds', { windowId, bounds: { width: 611, height: 433 } }) }, found: async ({ devtools }) => { const { bounds } = await devtools.send('Browser.getWindowForTarget'); return bounds.width === 611 } },
  { name: 'the clipboard', leave: async ({ context, page }) => { await context.grantPermissions(['clipboard-read', 'clipboard-write']); await page.bringToFront(); await page.evaluate('navigator.clipboard.writeText("trace")') }, found: async ({ context, page }) => { await context.grantPermissions(['clipboard-read', 'clipboard-write']); await page.bringToFront(); return await page.evaluate('navigator.clipboard.readText()') === 'trace' } },
  { name: 'that a site wants TLS (HSTS)', leave: ({ page, strict }) => page.evaluate(`fetch("https://${strict}", { mode: "no-cors" }).then(() => {})`), found: async ({ page, strict }) => await page.evaluate(`fetch("http://${strict}", { mode: "no-cors" }).then(() => true, () => false)`) === true }, // without that knowledge it would not speak TLS there
  { name: 'an open tab', leave: async ({ context, site }) => await (await context.newPage()).goto(`${site.origin}/tab`), found: async ({ context }) => context.pages().some(page => page.url().endsWith('/tab')) }
]

/** Every place in the container that can be written to. */
const writable = '/tmp /home/browser /dev/shm /dev/mqueue'

/** In the browser's machine, as whoever has taken over a browser could leave it. */
export const machineTraces: readonly MachineTrace[] = [
  { name: 'files in every writable folder', leave: inMachine(`for d in ${writable}; do touch $d/trace; done`), ...says(`find ${writable} -name trace 2> /dev/null`, 'trace') },
  { name: 'hidden files in folders without permissions', leave: inMachine('mkdir -p /tmp/.a/.b && touch /tmp/.a/.b/deep && chmod 000 /tmp/.a/.b'), ...says('ls -a /tmp', '\\.a\\b') },
  { name: 'a very deep folder', leave: inMachine('cd /tmp && i=0; while [ $i -lt 600 ]; do mkdir deeper 2> /dev/null && cd deeper; i=$((i+1)); done'), ...says('ls /tmp', 'deeper') },
  { name: 'a process that ignores SIGTERM', leave: inMachine('setsid sh -c "trap \'\' TERM HUP INT; exec sleep 86399.25" > /dev/null 2>&1 < /dev/null & sleep 0.3'), ...says('cat /proc/[0-9]*/cmdline 2> /dev/null | tr "\\0" " "', 'sleep 86399\\.25') },
  { name: 'an open port', leave: inMachine('setsid node -e "require(\'net\').createServer().listen(7777)" > /dev/null 2>&1 < /dev/null & sleep 0.7'), ...says('cat /proc/net/tcp /proc/net/tcp6', ':1E61 .*0A ') },
  { name: 'System V shared memory', leave: inMachine('perl -e \'shmget(77, 4096, 0600 | 01000)\''), ...says('cat /proc/sysvipc/shm', '\\n\\s*77\\b') },
  { name: 'System V semaphores', leave: inMachine('perl -e \'semget(78, 1, 0600 | 01000)\''), ...says('cat /proc/sysvipc/sem', '\\n\\s*78\\b') },
  { name: 'client certificates, their keys and modules (NSS)', leave: inMachine('mkdir -p ~/.pki/nssdb && for f in cert9.db key4.db pkcs11.txt; do echo trace > ~/.pki/nssdb/$f; done'), ...says('grep -l trace ~/.pki/nssdb/* 2> /dev/null', 'cert9|key4|pkcs11') },
  { name: 'policies, preferences and extensions for every profile', leave: inMachine('mkdir -p ~/.config/chromium/policies/managed ~/.config/chromium/Default "$HOME/.config/chromium/External Extensions" && for f in policies/managed/p.json Default/Preferences "External Extensions/x.json"; do echo {} > "$HOME/.config/chromium/$f"; done'), ...says('find ~/.config/chromium -name "*.json" -o -name Preferences 2> /dev/null', 'p\\.json|Preferences|x\\.json') },
  { name: 'an uploaded or downloaded file', leave: inMachine('mkdir -p ~/Downloads && echo x > ~/Downloads/invoice.pdf'), ...says('find / -xdev -name invoice.pdf 2> /dev/null; find ~ /tmp -name invoice.pdf', 'invoice') },
  { name: 'start-up files of the shell', leave: inMachine('echo "export TRACE=1" > ~/.profile; echo x > ~/.bashrc'), ...says('ls -a ~', '\\.profile|\\.bashrc') },
  { name: 'a full temporary folder', leave: inMachine('head -c 400000000 /dev/zero > /tmp/fill 2> /dev/null'), ...says('df -P /tmp | tail -1 | tr -s " " | cut -d" " -f5', '[6-9]\\d%') }
]

/** Where the browser that runs keeps its profile. */
const profile = 'p=$(cat /proc/[0-9]*/cmdline 2> /dev/null | tr "\\0" "\\n" | sed -n "s/^--user-data-dir=//p" | head -n 1)'

/** In Chrome's profile, as its own parts or a program could leave them. */
const profileTraces: readonly MachineTrace[] = [
  { name: 'changed preferences of the profile', leave: inMachine(`${profile}; mkdir -p "$p/Default"; for f in "Local State" Default/Preferences "Default/Secure Preferences"; do echo left-behind >> "$p/$f"; done`), ...says(`${profile}; grep -l left-behind "$p/Local State" "$p/Default/Preferences" "$p/Default/Secure Preferences" 2> /dev/null`, 'State|Preferences') },
  { name: 'an extension installed in the profile', leave: inMachine(`${profile}; mkdir -p "$p/Default/Extensions/left-behind/1" && echo {} > "$p/Default/Extensions/left-behind/1/manifest.json"`), ...says(`${profile}; ls "$p/Default/Extensions" 2> /dev/null`, 'left-behind') }
]

export const traces: readonly Trace[] = [...browserTraces, ...profileTraces, ...machineTraces]

/** Between what two commands print. In two parts for the shell, whose own command line one of them prints. */
const mark = '--- next ---'
const sayMark = 'echo "--- ne""xt ---"'

/** The names of all traces that are there. Those in the machine are looked for at once: each look is another process of the engine. */
export async function tracesFound (scene: Scene): Promise<string[]> {
  const found: string[] = []
  for (const trace of browserTraces) if (await trace.found(scene)) found.push(trace.name)
  const machine = [...profileTraces, ...machineTraces]
  const said = (await execIn(scene.container, 'sh', '-c', machine.map(({ sign }) => `(${sign.command})`).join(`; ${sayMark}; `))).split(mark)
  if (said.length !== machine.length) throw new Error(`the traces in the machine could not be looked for: ${said.join('')}`)
  return [...found, ...machine.filter(({ sign }, i) => sign.pattern.test(said[i] ?? '')).map(({ name }) => name)]
}
