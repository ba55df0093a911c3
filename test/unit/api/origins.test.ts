import t from 'tap'
import { Origins } from '../../../src/api/origins.js'

const open = new Origins({ allowedHosts: ['grid.example.com'], allowedOrigins: ['https://tests.example.com'], checkHost: true })
const guarded = new Origins({ allowedHosts: [], allowedOrigins: [], checkHost: false })

t.test('programs, which send no Origin, pass under every name of this machine', async t => {
  for (const host of ['localhost:4444', '127.0.0.1:4444', '[::1]:4444', '192.168.1.7', 'tggrid:4444', 'LOCALHOST', 'a.localhost:1', 'grid.example.com:4444', undefined]) {
    t.equal(open.refusal(host, undefined), undefined, String(host))
  }
})

t.test('a name that somebody else\'s DNS points here is not ours (DNS rebinding)', async t => {
  for (const host of ['evil.com', 'evil.com:4444', '127.0.0.1.evil.com', 'localhost.evil.com:4444', 'evil.1com', '.', 'evil.']) t.match(open.refusal(host, undefined), /allowedHosts/, host)
})

t.test('where everybody has to log in, every name will do', async t => {
  t.equal(guarded.refusal('grid.company.com', undefined), undefined)
})

t.test('a foreign page is refused, ours and the allowed ones are not', async t => {
  for (const origin of ['http://evil.com', 'null', 'http://localhost:8080', 'https://tests.example.com.evil.com', 'file://']) t.match(open.refusal('localhost:4444', origin), /allowedOrigins/, origin)
  for (const origin of ['http://localhost:4444', 'https://tests.example.com']) t.equal(open.refusal('localhost:4444', origin), undefined, origin)
  t.match(guarded.refusal('grid.company.com', 'https://evil.com'), /allowedOrigins/)
  t.equal(guarded.refusal('grid.company.com', 'https://grid.company.com'), undefined)
})

t.test('a page of a rebound name is refused although it is of the same origin', async t => {
  t.match(open.refusal('evil.com:4444', 'http://evil.com:4444'), /allowedHosts/)
})
