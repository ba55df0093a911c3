/** The display of a browser that has one, through the WebSocket that noVNC uses. */
import { once } from 'node:events'
import t from 'tap'
import { WebSocket, type ClientOptions } from 'ws'
import { basic, call, newSession } from '../support/webdriver.js'
import { noImage, startDockerGrid } from '../support/engine.js'
import type { Metrics } from '../support/pool.js'
import { refusedSocket, ws } from '../support/sockets.js'
import { until } from '../support/until.js'

t.setTimeout(200_000)
const skip = await noImage('tggrid/chrome-headful')
const images = ['tggrid/chrome', 'tggrid/chrome-headful']

/** A VNC client as far as its picture (RFC 6143, §7). */
class Viewer {
  readonly socket: WebSocket
  #bytes = Buffer.alloc(0)

  private constructor (socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer, isBinary: boolean) => { if (isBinary) this.#bytes = Buffer.concat([this.#bytes, data]) })
  }

  static async open (url: string, options: ClientOptions): Promise<Viewer> {
    const viewer = new Viewer(new WebSocket(url, ['binary'], options)) // the display speaks first
    await once(viewer.socket, 'open')
    return viewer
  }

  async take (length: number): Promise<Buffer> {
    await until(`${length} bytes have come`, () => this.#bytes.length >= length)
    const taken = this.#bytes.subarray(0, length)
    this.#bytes = this.#bytes.subarray(length)
    return taken
  }

  send (...bytes: number[]): void {
    this.socket.send(Buffer.from(bytes))
  }

  /** Resolves with the size of the display. */
  async shakeHands (): Promise<{ readonly width: number, readonly height: number }> {
    const version = await this.take(12)
    this.socket.send(version)
    const [count = 0] = await this.take(1)
    if (!(await this.take(count)).includes(1)) throw new Error('it wants a password')
    this.send(1)
    await this.take(4)
    this.send(1)
    const about = await this.take(24)
    await this.take(about.readUInt32BE(20))
    return { width: about.readUInt16BE(0), height: about.readUInt16BE(2) }
  }

  /** Resolves with the pixels of a rectangle at the corner. */
  async look (width: number, height: number): Promise<Buffer> {
    this.send(2, 0, 0, 1, 0, 0, 0, 0) // raw
    this.send(3, 0, 0, 0, 0, 0, width >> 8, width & 255, height >> 8, height & 255)
    const update = await this.take(4)
    const pixels: Buffer[] = []
    for (let i = 0; i < update.readUInt16BE(2); i++) {
      const rectangle = await this.take(12)
      pixels.push(await this.take(rectangle.readUInt16BE(4) * rectangle.readUInt16BE(6) * 4))
    }
    return Buffer.concat(pixels)
  }
}

t.test('a browser with a display', { skip }, async t => {
  const grid = await startDockerGrid(t, { 'container.images': images, 'pool.size': 3, 'pool.warm': 1, users: [{ name: 'ann', password: 'sesame' }, { name: 'ben', password: 'mustard' }] })
  const ann = basic('ann', 'sesame')
  const address = new URL(grid.hub).host
  const session = await newSession(grid.hub, { 'selenoid:options': { enableVNC: true, screenResolution: '1024x768x24' } }, ann)
  const own = `ws://${address}/session/${session.id}/se/vnc`

  await t.test('its address is in the answer, as the client has reached us', async t => {
    t.match(session.capabilities, { 'se:vncEnabled': true, 'se:vnc': own })
    t.match((await call(`GET ${grid.api}/api/sessions/${session.id}`, { headers: { ...ann.headers, Host: 'grid.test', 'X-Forwarded-Proto': 'https' } })).body, { session: { vncUrl: `wss://grid.test/session/${session.id}/se/vnc` } })
  })

  for (const path of [`/session/${session.id}/se/vnc`, `/wd/hub/session/${session.id}/se/vnc`, `/vnc/${session.id}`]) {
    await t.test(`${path.replace(session.id, '{id}')}: RFB's handshake, and a picture`, async t => {
      const viewer = await Viewer.open(ws(grid.hub) + path, ann)
      const { socket } = viewer
      t.equal(socket.protocol, 'binary')
      t.match(await viewer.shakeHands(), { width: 1024, height: 768 })
      await call(`POST ${grid.hub}/session/${session.id}/url`, { ...ann, body: { url: 'data:text/html,<body style="background:rgb(1,2,3)">' } })
      await until('the page is to be seen', async () => (await viewer.look(1024, 768)).includes(Buffer.from([3, 2, 1])))
      socket.close()
      await once(socket, 'close')
    })
  }

  await t.test('nobody sees it without the session\'s id and its user', async t => {
    t.match(await refusedSocket(own), { status: 401 })
    t.match(await refusedSocket(own, basic('ben', 'mustard')), { status: 404, body: /there is no session/ })
    const other = own.replace(session.id, session.id.slice(0, 8) + '0'.repeat(32))
    t.match(await refusedSocket(other, ann), { status: 404, body: /there is no session/ })
    t.match(await refusedSocket(`ws://${address}/vnc/`, ann), { status: 404 })
  })

  await t.test('who did not ask for a display has none, and is told why', async t => {
    const plain = await newSession(grid.hub, {}, ann)
    t.notOk(Object.keys(plain.capabilities).some(name => name.startsWith('se:vnc')))
    t.match(await refusedSocket(`ws://${address}/vnc/${plain.id}`, ann), { body: /has no vnc socket: its browser has no display/ })
    await call(`DELETE ${grid.hub}/session/${plain.id}`, ann)
  })

  await t.test('it ends with its session', async t => {
    const viewer = await Viewer.open(own, ann)
    await viewer.shakeHands()
    await call(`DELETE ${grid.hub}/session/${session.id}`, ann)
    await once(viewer.socket, 'close')
    t.match(await refusedSocket(own, ann), { status: 410, body: /ended: its client deleted it/ })
    await until('nothing is leased', async () => (await call<Metrics>(`GET ${grid.hub}/metrics`, ann)).body.leased === 0)
  })
})

t.test('REST: vncEnabled asks for a display; where there is none it goes unheard', { skip }, async t => {
  const grid = await startDockerGrid(t, { 'container.images': ['tggrid/chrome'], 'pool.size': 1, 'pool.warm': 0 })
  const { body } = await call<{ session: { id: string, vncUrl?: string } }>(`POST ${grid.api}/api/sessions/create`, { body: { browser: 'chrome', vncEnabled: true } })
  t.equal(body.session.vncUrl, undefined)
  await call(`DELETE ${grid.api}/api/sessions/${body.session.id}`)
})
