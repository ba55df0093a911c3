/** A small website, so that browsers have somewhere to go. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

const form = `<!doctype html><title>Shop</title>
<h1>Shop</h1>
<button id=buy onclick="document.title = 'Bought'; out.textContent = 'thank you'">Buy</button>
<p id=out></p>
<input id=name><input id=file type=file>
<a id=popup href="/other" target=_blank>another window</a>`

/** The address of `/` (a form), `/other` (a page) and `/never` (which does not answer), without a slash at the end. */
export async function startSite (t: Pick<Test, 'teardown'>): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === '/never') return
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(request.url === '/' ? form : '<!doctype html><title>Other</title><p>another page')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
