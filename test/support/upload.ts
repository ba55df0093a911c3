/** Selenium's upload, for browsers whose drivers take none. */
import type { Test } from 'tap'
import { call, execute, newSession } from './webdriver.js'
import { zipOf } from './zip.js'

const page = 'data:text/html,<input type=file>'
const text = 'ü'.repeat(300_000)

/** A file of the client's is chosen in a page, which reads it; what is no upload is refused. */
export async function uploads (t: Test, hub: string, browserName: string): Promise<void> {
  const session = await newSession(hub, { browserName })
  const send = (file: unknown, path = '/se/file'): ReturnType<typeof call<{ value: unknown }>> => call(`POST ${hub}/session/${session.id}${path}`, { body: { file } })
  for (const path of ['/se/file', '/file']) {
    const { status, body: { value } } = await send(zipOf({ name: 'my ü file;$(x).txt', text }), path)
    t.equal(status, 200)
    t.match(value, /\/my ü file;\$\(x\)\.txt$/)
    await session.do('POST /url', { url: page })
    const input = Object.values(await session.do<Record<string, string>>('POST /element', { using: 'css selector', value: 'input' }))[0]
    await session.do(`POST /element/${input}/value`, { text: value })
    t.strictSame(await execute(session, 'const file = document.querySelector("input").files[0]; return file.text().then(text => [file.name, text])'), ['my ü file;$(x).txt', text])
  }
  t.match(await send(zipOf({ name: '../../out', text: '' })), { status: 400, body: { value: { error: 'invalid argument' } } })
  t.match(await send(zipOf({ name: 'x'.repeat(300), text: '' })), { status: 500, body: { value: { error: 'unknown error' } } })
  t.match(await send(undefined), { status: 400, body: { value: { message: /`file` is missing/ } } })
  t.match(await call(`POST ${hub}/session/${session.id}/se/file`, { body: 'null' }), { status: 400 })
  await session.quit()
  t.match(await send(zipOf({ name: 'a', text })), { status: 404, body: { value: { message: /its client deleted it/ } } })
}
