/** What our own driver programs have in common. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { serveDriver } from '../../../src/runtime/driver-server.js'
import { call } from '../../support/webdriver.js'

t.test('pages of the browsers that it has opened are not listened to, and hear nothing', async t => {
  let asked = 0
  const answer = async (): Promise<{ status: number, value: number }> => ({ status: 200, value: ++asked })
  const server = serveDriver({ host: '127.0.0.1', port: 0, answer, failure: () => ({ status: 500, value: null }) })
  t.teardown(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/context/1`
  for (const headers of [{ Origin: 'null' }, { Origin: 'http://127.0.0.1' }, { 'Sec-Fetch-Mode': 'no-cors' }]) {
    const { status, headers: said } = await call(`POST ${url}/session`, { body: {}, headers })
    t.equal(status, 403)
    t.notOk(Object.keys(said).some(name => name.startsWith('access-control')))
  }
  t.equal(asked, 0)
  t.match(await call(`DELETE ${url}`), { status: 200, body: { value: 1 } })
})
