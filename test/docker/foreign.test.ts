/** Images that others have made, in the shapes of Selenium's and Selenoid's: no registry is in reach, so that ours takes their names, ports and paths. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { containersOf, docker, execIn, noEngine, startDockerGrid } from '../support/engine.js'
import { leasedOf, metricsOf, statusOf } from '../support/pool.js'
import { until } from '../support/until.js'
import { execute, newSession } from '../support/webdriver.js'

t.setTimeout(240_000)
const page = 'data:text/html,<title>Shop</title>'
const headless = { 'goog:chromeOptions': { args: ['--headless=new'] } } // theirs have a display

/** An image without anything by which ours is known. */
async function imitate (t: Test, image: string, command: readonly string[]): Promise<void> {
  const [repo, tag] = image.split(':')
  const made = await docker.createContainer({ Image: 'tggrid/chrome' })
  const changes = [...['browser', 'version', 'playwright'].map(name => `LABEL tggrid.${name}=""`), `ENTRYPOINT ${JSON.stringify(command)}`, 'CMD []', 'ENV SHIPPED=yes']
  await made.commit({ repo, tag, changes: changes.join('\n') })
  await made.remove()
  t.teardown(() => docker.getImage(image).remove({ force: true }))
}

/** The slot that a session is in. */
async function slotOf (hub: string, session: string): Promise<string | undefined> {
  return (await statusOf(hub)).nodes[0]?.slots.find(slot => slot.session?.sessionId === session)?.id.id
}

/** The container that a session is in: the one of its agent in which there is a browser. */
async function containerIn (session: string): Promise<string> {
  for (const { Id, State } of await containersOf(session.slice(0, 8))) {
    if (State !== 'running') continue
    const commands = await execIn(Id, 'sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "').catch(() => '') // an earlier session's is being removed
    if (commands.includes('--remote-debugging-port')) return Id
  }
  throw new Error(`no container has a browser of session ${session}`)
}

const driver = ['chromedriver', '--allowed-ips=', '--log-level=SEVERE']

/** Two versions in Selenoid's shape, as its documentation has them, and one of Selenium's. */
const browsers = {
  chrome: {
    default: '128.0',
    versions: {
      '128.0': {
        image: 'selenoid/chrome:128.0',
        port: '4444',
        path: '/',
        env: ['TZ=Asia/Tokyo', 'VERBOSE=true'],
        tmpfs: { '/tmp': 'size=512m' },
        hosts: ['shop.test:203.0.113.7'],
        labels: { team: 'a' },
        shmSize: 268435456,
        mem: '1g',
        cpu: '1.0'
      },
      130: { image: 'selenium/standalone-chrome:130.0', port: '4444', path: '/wd/hub' }
    }
  }
}

t.test('a browsers.json of Selenoid\'s, with images that are none of ours', { skip: noEngine }, async t => {
  await imitate(t, 'selenoid/chrome:128.0', [...driver, '--port=4444'])
  await imitate(t, 'selenium/standalone-chrome:130.0', [...driver, '--port=4444', '--url-base=/wd/hub'])
  const file = join(t.testdir(), 'browsers.json')
  writeFileSync(file, JSON.stringify(browsers))
  const grid = await startDockerGrid(t, { browsers: file, 'pool.size': 2, 'pool.warm': 0 })
  const free = (): Promise<unknown> => until('every slot is free', async () => await leasedOf(grid.hub) === 0)

  await t.test('each version is served by its image, at its path', async t => {
    for (const browserVersion of ['128.0', '130']) {
      const session = await newSession(grid.hub, { browserName: 'chrome', browserVersion, ...headless })
      await session.do('POST /url', { url: page })
      t.equal(await session.do('GET /title'), 'Shop', browserVersion)
      t.equal(session.capabilities['se:cdp'], undefined, 'nothing leads to its DevTools')
      await session.quit()
      await free()
    }
  })

  await t.test('the file\'s wishes hold', async t => {
    const session = await newSession(grid.hub, { browserName: 'chrome', ...headless })
    t.equal(await execute(session, 'return Intl.DateTimeFormat().resolvedOptions().timeZone'), 'Asia/Tokyo')
    const own = await containerIn(session.id)
    const { HostConfig, Config } = await docker.getContainer(own).inspect()
    t.match(HostConfig, { ShmSize: 268435456, Memory: 2 ** 30, Tmpfs: { '/tmp': 'size=512m' } })
    t.equal(Config.Labels['team'], 'a')
    t.match(await execIn(own, 'sh', '-c', 'echo $SHIPPED $VERBOSE; cat /etc/hosts'), /yes true[^]*203\.0\.113\.7\s+shop\.test/)
    await session.quit()
    await free()
  })

  await t.test('each session has a container of its own, which is removed with it and not called unclean', async t => {
    const seen = new Set<string>()
    for (let i = 0; i < 3; i++) {
      const session = await newSession(grid.hub, { browserName: 'chrome', ...headless })
      await execute(session, 'document.title = "mine"')
      seen.add((await slotOf(grid.hub, session.id)) ?? '')
      await session.quit()
      await free()
    }
    t.equal(seen.size, 3)
    t.equal((await metricsOf(grid.hub)).totalReused, 0)
    t.notOk(grid.log.some(({ msg }) => /could not be cleaned/.test(msg)))
  })
})
