/** What Playwright is asked to launch, with a Playwright that writes down how it was asked. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { PlaywrightLauncher, type Launch, type PlaywrightModule } from '../../src/runtime/launched-server.js'

const own = ['--enable-features=P,Q', '--disable-features=R']
const none = { enable: [], disable: [] }
const lean = { said: none, wished: { enable: ['N'], disable: ['L'] } }
const folder = t.testdir()

interface Asked { readonly args: readonly string[], readonly downloadsPath: string }

/** Browsers that were launched, and pages that were opened in them. */
class Recorder {
  readonly asked: Asked[] = []
  pages = 0
  /** Where Playwright would have written, at each launch. */
  readonly folders: string[] = []
  readonly chromium = {
    launchServer: async (options: object) => {
      const asked = options as Asked
      this.asked.push(asked)
      this.folders.push(tmpdir())
      const profile = join(asked.downloadsPath, '..', 'playwright_chromiumdev_profile-1')
      mkdirSync(profile)
      writeFileSync(join(profile, 'DevToolsActivePort'), '9222\n/devtools/browser/1')
      return { wsEndpoint: () => 'ws://127.0.0.1:1/1', process: () => ({ spawnargs: ['chrome', ...own, ...asked.args], stdio: [null, null, null, new PassThrough(), new PassThrough()] }), close: async () => {}, once: () => {} }
    },
    connect: async () => ({ newContext: async () => ({ newPage: async () => { this.pages++; return { goto: async () => {} } }, close: async () => {} }), close: async () => {} })
  } satisfies PlaywrightModule['chromium']

  readonly #launcher = new PlaywrightLauncher(this, { full: '/chrome', shell: '' }, { host: '127.0.0.1', port: 0 })

  /** The features' switches that the browser hears, each the last of its name. */
  async launch (launch: Partial<Launch>): Promise<string[]> {
    await this.#launcher.launch({ options: {}, features: lean, rehearsed: false, folder: mkdtempSync(join(folder, 'f-')), ...launch })
    const all = [...own, ...this.asked.at(-1)?.args ?? []]
    return ['--enable-features', '--disable-features'].map(name => all.findLast(arg => arg.startsWith(`${name}=`)) ?? '')
  }
}

t.test('what nobody sees is merged with Playwright\'s own features, once they are known', async t => {
  const playwright = new Recorder()
  t.strictSame(await playwright.launch({}), own)
  t.strictSame(await playwright.launch({}), ['--enable-features=P,Q,N', '--disable-features=R,L'])
})

t.test('a client\'s features take the place of Playwright\'s, as they do without a grid, and are no other client\'s', async t => {
  const playwright = new Recorder()
  const said = { enable: ['X'], disable: [] }
  t.strictSame(await playwright.launch({ features: { ...lean, said } }), ['--enable-features=X', '--disable-features=R'])
  t.strictSame(await playwright.launch({}), own)
  t.strictSame(await playwright.launch({ features: { ...lean, said } }), ['--enable-features=X,N', '--disable-features=R,L'])
  t.strictSame(await playwright.launch({}), ['--enable-features=P,Q,N', '--disable-features=R,L'])
})

t.test('nothing is wished for where a client leaves Playwright\'s own arguments out', async t => {
  const playwright = new Recorder()
  await playwright.launch({})
  await playwright.launch({ options: { ignoreDefaultArgs: true } })
  t.strictSame(playwright.asked.at(-1)?.args, ['--remote-debugging-port=0'])
})

t.test('a page is opened beforehand in the first browser that has time for it, and in no other one', async t => {
  const playwright = new Recorder()
  await playwright.launch({ rehearsed: false })
  t.equal(playwright.pages, 0)
  await playwright.launch({ rehearsed: true })
  await playwright.launch({ rehearsed: true })
  t.equal(playwright.pages, 1)
})

t.test('what is written during a launch goes to its folder, and what is written later does not', async t => {
  const playwright = new Recorder()
  const usual = tmpdir()
  const own = ['a-', 'b-'].map(name => mkdtempSync(join(folder, name)))
  await Promise.all(own.map(folder => playwright.launch({ folder })))
  t.strictSame(playwright.folders, own)
  t.equal(tmpdir(), usual)
})
