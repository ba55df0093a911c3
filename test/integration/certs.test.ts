/** `tggrid certs`: hosts with its files talk to each other, and to nobody else. */
import { spawn } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect as connectTls } from 'node:tls'
import { Command } from 'commander'
import t, { type Test } from 'tap'
import { addCertsCommand } from '../../src/cli/certs-arguments.js'
import { authorityOf, certify, makeAuthority, type Life } from '../../src/link/authority.js'
import { connectTo, trustOf, type Trust } from '../../src/link/trust.js'
import { main } from '../support/process-grid.js'
import { listen, says } from '../support/trusting-port.js'

const day = 24 * 60 * 60 * 1000

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The program in a folder. */
async function tggrid (folder: string, ...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text })
  const [code] = await once(child, 'close') as [number]
  return { code, out, err }
}

/** A folder with the files of a CA and of hosts, made by the program. */
async function folderFor (t: Test, ...hosts: readonly string[]): Promise<string> {
  const folder = t.testdir()
  t.match(await tggrid(folder, 'certs', '--out', '.', ...hosts), { code: 0, err: '' })
  return folder
}

function trustOfHost (folder: string, host: string, ca = folder): Trust {
  return trustOf({ secret: null, ca: join(ca, 'ca.pem'), cert: join(folder, `${host}.pem`), key: join(folder, `${host}-key.pem`) })
}

/** What one host hears from another one to which it says hello. */
async function talk (t: Test, to: Trust, from: Trust): Promise<string> {
  const { port } = await listen(t, to)
  return await says(connectTo({ host: '127.0.0.1', port }, from), 'hello')
}

const modeOf = (file: string): number => statSync(file).mode & 0o777

t.test('a router and agents with its files talk, whoever asks, and by TLS 1.3', async t => {
  const folder = await folderFor(t, 'router', 'agent-1', '10.0.0.7')
  const hosts = ['router', 'agent-1', '10.0.0.7'].map(host => trustOfHost(folder, host))
  for (const to of hosts) for (const from of hosts) t.equal(await talk(t, to, from), 'hello')
  const { port, accepted } = await listen(t, trustOfHost(folder, 'router'))
  await says(connectTo({ host: '127.0.0.1', port }, trustOfHost(folder, 'agent-1')), 'hello')
  t.equal((accepted[0] as unknown as { getProtocol (): string }).getProtocol(), 'TLSv1.3')
})

t.test('strangers are refused before anything that they say is read', async t => {
  const [ours, theirs] = [join(t.testdir(), 'ours'), join(t.testdirName, 'theirs')]
  for (const out of [ours, theirs]) t.match(await tggrid('.', 'certs', '--out', out, 'router', 'agent'), { code: 0 })
  const ended: Life = { from: new Date(Date.now() - 2 * day), until: new Date(Date.now() - day) }
  const { cert, key } = certify('agent', ended, caIn(ours))
  const ca = readFileSync(join(ours, 'ca.pem'), 'utf8')
  const { port, accepted } = await listen(t, trustOfHost(ours, 'router'))
  const strangers: Record<string, () => Socket> = {
    'a certificate of another CA': () => connectTo({ host: '127.0.0.1', port }, trustOfHost(theirs, 'agent', ours)),
    'another CA altogether': () => connectTo({ host: '127.0.0.1', port }, trustOfHost(theirs, 'agent')),
    'a certificate that has ended': () => connectTo({ host: '127.0.0.1', port }, { by: 'certificate', ca, cert, key }),
    'no certificate': () => connectTls({ host: '127.0.0.1', port, ca, checkServerIdentity: () => undefined }),
    'no encryption': () => connect({ host: '127.0.0.1', port })
  }
  for (const [who, arrive] of Object.entries(strangers)) t.equal(await says(arrive(), 'GET /grid/link HTTP/1.1\r\nHost: x\r\n\r\n'), 'refused', who)
  t.equal(accepted.length, 0)
  t.equal(await talk(t, trustOfHost(theirs, 'router'), trustOfHost(ours, 'agent')), 'refused', 'and a false router learns nothing')
})

t.test('certificates name their host and are for both sides; keys are for their owner only', async t => {
  const folder = await folderFor(t, 'agent-1', 'grid.example.com', '10.0.0.7', '[fd00::7]', '::ffff:10.0.0.8', 'with_underscore')
  const names = { 'agent-1': 'DNS:agent-1', 'grid.example.com': 'DNS:grid.example.com', '10.0.0.7': 'IP Address:10.0.0.7', fd00__7: 'IP Address:FD00:0:0:0:0:0:0:7', '__ffff_10.0.0.8': 'IP Address:0:0:0:0:0:FFFF:A00:8', with_underscore: 'DNS:with_underscore' }
  const ca = new X509Certificate(readFileSync(join(folder, 'ca.pem')))
  t.ok(ca.ca)
  t.equal(modeOf(join(folder, 'ca-key.pem')), 0o600)
  t.equal(Math.round((Date.parse(ca.validTo) - Date.now()) / day), 3650)
  for (const [stem, name] of Object.entries(names)) {
    const read = new X509Certificate(readFileSync(join(folder, `${stem}.pem`)))
    t.equal(read.subjectAltName, name)
    t.strictSame(read.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'], 'for servers and for clients')
    t.match(read.publicKey.asymmetricKeyDetails, { namedCurve: 'prime256v1' })
    t.notOk(read.ca)
    t.ok(read.verify(ca.publicKey) && read.checkIssued(ca))
    t.equal(Math.round((Date.parse(read.validTo) - Date.now()) / day), 365)
    t.ok(Date.parse(read.validFrom) < Date.now() - 30 * 60 * 1000, 'on a host whose clock is late, too')
    t.equal(modeOf(join(folder, `${stem}-key.pem`)), 0o600)
    t.ok(read.checkPrivateKey(createPrivateKey(readFileSync(join(folder, `${stem}-key.pem`)))))
  }
})

t.test('a CA that is there is used again, so that hosts can be added', async t => {
  const folder = await folderFor(t, 'router')
  const before = ['ca.pem', 'ca-key.pem', 'router.pem'].map(name => readFileSync(join(folder, name), 'utf8'))
  const { code, out } = await tggrid(folder, 'certs', '--out', '.', '--days', '30', 'agent-2')
  t.equal(code, 0)
  t.match(out, /the CA that was there/)
  t.match(out, 'tggrid agent --join ROUTER --grid-ca ca.pem --grid-cert agent-2.pem --grid-key agent-2-key.pem')
  t.strictSame(['ca.pem', 'ca-key.pem', 'router.pem'].map(name => readFileSync(join(folder, name), 'utf8')), before)
  t.equal(await talk(t, trustOfHost(folder, 'router'), trustOfHost(folder, 'agent-2')), 'hello')
  t.equal(Math.round((Date.parse(new X509Certificate(readFileSync(join(folder, 'agent-2.pem'))).validTo) - Date.now()) / day), 30)
})

t.test('files that are there are named and stay, unless --force', async t => {
  const folder = await folderFor(t, 'agent')
  const before = ['ca.pem', 'ca-key.pem', 'agent.pem', 'agent-key.pem'].map(name => readFileSync(join(folder, name), 'utf8'))
  const files = readdirSync(folder)
  t.match(await tggrid(folder, 'certs', '--out', '.', 'other', 'agent'), { code: 1, out: '', err: 'tggrid: agent.pem and agent-key.pem are there already; --force makes new ones\n' })
  t.strictSame(readdirSync(folder), files, 'nothing is made of a part of what was asked for')
  rmSync(join(folder, 'agent.pem'))
  t.match(await tggrid(folder, 'certs', '--out', '.', 'agent'), { code: 1, err: 'tggrid: agent-key.pem is there already; --force makes new ones\n' })
  chmodSync(join(folder, 'agent-key.pem'), 0o644)
  t.match(await tggrid(folder, 'certs', '--out', '.', '--force', 'agent'), { code: 0, err: '' })
  const after = ['ca.pem', 'ca-key.pem', 'agent.pem', 'agent-key.pem'].map(name => readFileSync(join(folder, name), 'utf8'))
  t.strictSame(after.map((text, i) => text === before[i]), [true, true, false, false], 'the CA is never made anew')
  t.equal(modeOf(join(folder, 'agent-key.pem')), 0o600)
})

t.test('what cannot be understood exits with 2, says why, and makes nothing', async t => {
  const folder = t.testdir()
  const wrong: Array<[args: string[], sentence: RegExp]> = [
    [[], /missing required argument 'host'/],
    [['good', 'agent:4442'], /'agent:4442' is invalid for argument 'host'. A host is a DNS name or an IP address, without a port/],
    [['--days', 'many', 'a'], /--days <n>' argument 'many' is invalid. It takes a whole number from 1 to 3650/],
    [['--fource', 'a'], /unknown option '--fource'[^]*--force/]
  ]
  for (const [args, sentence] of wrong) t.match(await tggrid(folder, 'certs', ...args), { code: 2, out: '', err: sentence }, args.join(' '))
  t.strictSame(readdirSync(folder), [])
})

t.test('hosts are names or addresses, and days a number', async t => {
  const complaint = async (...args: readonly string[]): Promise<string> => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} })
    addCertsCommand(program)
    return await program.parseAsync(['certs', '--out', join(t.testdirName, 'nowhere', 'file'), ...args], { from: 'user' }).then(() => 'none', (error: Error) => error.message)
  }
  for (const host of ['http://agent', '../agent', '.', 'a b', '*.example.com', '-', '10.0.0.300', 'agent..x', 'agent.', 'fe80::1%eth0', 'ä', '', 'x'.repeat(64), `${'x.'.repeat(127)}x`]) t.match(await complaint('--', host), 'A host is a DNS name or an IP address', host)
  for (const host of ['ca', 'CA', 'agent-key']) t.match(await complaint(host), 'called as the CA\'s, or as another host\'s key', host)
  for (const days of ['0', '-1', '1.5', '1e3', '3651', '']) t.match(await complaint(`--days=${days}`, 'a'), 'It takes a whole number from 1 to 3650', days)
})

t.test('a folder or a CA that cannot be used is named, with a way out', async t => {
  const days = (from: number, until: number): Life => ({ from: new Date(Date.now() + from * day), until: new Date(Date.now() + until * day) })
  const good = makeAuthority(days(0, 3650))
  const host = certify('host', days(0, 1), authorityOf(good))
  const locked = createPrivateKey(good.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string
  const cas: Record<string, [cert: string | null, key: string | null, sentence: RegExp]> = {
    keyless: [good.cert, null, /keyless\/ca-key\.pem is not there, and without it nothing more can be made/],
    certless: [null, good.key, /certless\/ca\.pem is not there, but its key .* is/],
    ended: [...pairOf(makeAuthority(days(-10, -1))), /the CA in ended\/ca\.pem ended on \d{4}-\d\d-\d\d.*another folder/],
    ending: [...pairOf(makeAuthority(days(0, 40.5))), /ending\/ca\.pem ends on .*sooner than in 365 days; --days 40 is the most/],
    strange: [good.cert, makeAuthority(days(0, 1)).key, /the key is not this certificate's/],
    childless: [...pairOf(host), /the certificate is no CA's/],
    locked: [good.cert, locked, /no key as PEM, or one with a password/],
    empty: ['', good.key, /no certificate as PEM/]
  }
  const folder = t.testdir({ file: '' })
  for (const [name, [cert, key, sentence]] of Object.entries(cas)) {
    mkdirSync(join(folder, name))
    if (cert !== null) writeFileSync(join(folder, name, 'ca.pem'), cert)
    if (key !== null) writeFileSync(join(folder, name, 'ca-key.pem'), key)
    const files = readdirSync(join(folder, name))
    t.match(await tggrid(folder, 'certs', '--out', name, 'agent'), { code: 1, out: '', err: sentence }, name)
    t.strictSame(readdirSync(join(folder, name)), files, `${name} is left alone`)
  }
  t.match(await tggrid(folder, 'certs', '--out', 'ending', '--days', '40', 'agent'), { code: 0 })
  t.match(await tggrid(folder, 'certs', '--out', 'file/inside', 'agent'), { code: 1, out: '', err: /the folder file\/inside cannot be made \(ENOTDIR\); --out FOLDER/ })
  t.match(await tggrid(folder, 'certs', '--out', '/proc', 'agent'), { code: 1, out: '', err: /\/proc\/ca-key\.pem cannot be written \(E\w+\); --out FOLDER/ })
})

t.test('the lines that it prints start a router, which hears who has the CA\'s certificates only', async t => {
  const folder = t.testdir()
  const { out } = await tggrid(folder, 'certs', '--out', 'it\'s mine', 'router', 'agent')
  const line = (role: string): string => new RegExp(`^tggrid ${role} .*$`, 'm').exec(out)?.[0] ?? ''
  t.match(line('agent'), /^tggrid agent --join router --grid-ca 'it'\\''s mine\/ca\.pem' --grid-cert /)
  const ports = '--hub-port 0 --api-port none --pool-port none --grid-port 0 --grid-host 127.0.0.1'
  const child = spawn(`exec ${line('router').replace('tggrid', `'${process.execPath}' '${main}'`)} ${ports}`, { shell: true, cwd: folder, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  t.teardown(async () => { child.kill('SIGKILL'); await ended })
  const address = await gridAddressOf(child.stdout)
  const drain = async (out: string) => await tggrid(folder, 'drain', 'nobody', '--router', address, '--grid-ca', `${out}/ca.pem`, '--grid-cert', `${out}/agent.pem`, '--grid-key', `${out}/agent-key.pem`)
  t.match(await drain('it\'s mine'), { code: 1, err: /nobody/ }, 'it answers')
  t.notMatch((await drain('it\'s mine')).err, 'it speaks to nobody')
  await tggrid(folder, 'certs', '--out', 'others', 'agent')
  t.match(await drain('others'), { code: 1, err: /its certificate is not believed here: self-signed certificate in certificate chain/ })
  copyFileSync(join(folder, 'it\'s mine', 'ca.pem'), join(folder, 'others', 'ca.pem'))
  t.match(await drain('others'), { code: 1, err: /it speaks to nobody with this secret or certificate/ }, 'who believes it, but has no certificate of its CA')
})

t.test('--help says what is made, and that the CA\'s key is for making more', async t => {
  const { code, out } = await tggrid('.', 'certs', '--help')
  t.equal(code, 0)
  for (const word of ['--out', '--days', '--force', 'ca-key.pem', 'only makes more certificates', 'Examples:']) t.match(out, word)
  t.match((await tggrid('.', '--help')).out, /certs .*make a private CA/)
})

function caIn (folder: string): ReturnType<typeof authorityOf> {
  return authorityOf({ cert: readFileSync(join(folder, 'ca.pem'), 'utf8'), key: readFileSync(join(folder, 'ca-key.pem'), 'utf8') })
}

function pairOf ({ cert, key }: { readonly cert: string, readonly key: string }): [string, string] {
  return [cert, key]
}

/** Resolves when a router listens. */
async function gridAddressOf (log: NodeJS.ReadableStream): Promise<string> {
  for await (const text of createInterface({ input: log })) {
    const { msg, urls } = JSON.parse(text) as { msg: string, urls?: Record<string, string> }
    if (msg === 'listening') return urls?.['Agents']?.split(' ').at(-1) ?? ''
  }
  throw new Error('the router ended')
}
