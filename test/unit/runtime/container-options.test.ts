/** A browser's container is as closed as its browser allows, and as limited as it is configured. */
import t from 'tap'
import { containerOptions, sharedOffer, type ContainerOffer } from '../../../src/runtime/container-options.js'

const settings = { env: [], hosts: [], volumes: [], tmpfs: {}, labels: {}, sysctl: {}, shmSize: undefined, memory: undefined, cpu: undefined }
const needs = { headless: true, noSandbox: false, disableFeatures: [], args: [] }
const chrome: ContainerOffer = { browserName: 'chrome', browserVersion: '156.0', platformName: 'linux', image: 'tggrid/chrome', init: true, port: 4444, base: '', settings, needs }
const ground = { agent: '0123abcd', network: 'tggrid-0123abcd', seccomp: '{"defaultAction":"SCMP_ACT_ERRNO"}', memory: 1024, publish: false }

t.test('an image of ours is closed: nothing but memory can be written, no capability, no new privileges', async t => {
  const { HostConfig = {} } = containerOptions(chrome, ground)
  t.match(HostConfig, {
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges', 'seccomp={"defaultAction":"SCMP_ACT_ERRNO"}'],
    Memory: 2 ** 30,
    MemorySwap: 2 ** 30,
    NetworkMode: 'tggrid-0123abcd',
    IpcMode: 'private',
    AutoRemove: true,
    LogConfig: { Type: 'none' }
  })
  t.notOk(HostConfig.Privileged)
  t.equal(containerOptions(chrome, { ...ground, liveRestore: true }).HostConfig?.AutoRemove, false, 'one that is to outlive its engine is removed by us')
  t.ok((HostConfig.PidsLimit ?? 0) > 0)
  t.match(Object.values(HostConfig.Tmpfs as Record<string, string>), [/nosuid,nodev,noexec,size=\d+m/, /nosuid,nodev,noexec,size=\d+m,uid=1000/])
  t.equal(HostConfig.PortBindings, undefined, 'no port is published')
})

t.test('Podman is asked for what it knows: no owner of a tmpfs, and no more processes than there may be', async t => {
  const { HostConfig = {} } = containerOptions(chrome, { ...ground, podman: true })
  t.notMatch((HostConfig.Tmpfs as Record<string, string>)['/home/browser'], /uid=/)
  t.match(HostConfig.Ulimits, [{ Name: 'nofile' }, { Name: 'core' }, { Name: 'nproc' }])
})

t.test('it says whose it is, and of which offer', async t => {
  t.match(containerOptions(chrome, ground).Labels, { 'tggrid.agent': '0123abcd', 'tggrid.offer': 'chrome 156.0  tggrid/chrome' })
  t.match(containerOptions({ ...chrome, playwright: '1.65' }, ground).Labels, { 'tggrid.offer': 'chrome 156.0 1.65 tggrid/chrome' })
})

t.test('one whose browser is shared has memory for all of its sessions, and says that it is', async t => {
  const { Labels, HostConfig } = containerOptions(sharedOffer({ ...chrome, shared: { command: ['share'], memory: 2048 } }), ground)
  t.match([Labels, HostConfig], [{ 'tggrid.shared': '', 'tggrid.offer': 'chrome 156.0  tggrid/chrome' }, { Memory: 2 ** 31 }])
  t.notOk('tggrid.shared' in (containerOptions(chrome, ground).Labels ?? {}))
})

t.test('browsers.json has the last word on memory, shared memory and what is written where', async t => {
  const own = { ...settings, memory: 300, shmSize: 1e9, tmpfs: { '/data': 'size=1m' }, env: ['TZ=UTC'], hosts: ['shop:10.0.0.9'], volumes: ['/fonts:/usr/share/fonts:ro'] }
  t.match(containerOptions({ ...chrome, settings: own }, ground), {
    Env: ['TZ=UTC'],
    HostConfig: { Memory: 300 * 2 ** 20, ShmSize: 1e9, ExtraHosts: ['shop:10.0.0.9'], Binds: ['/fonts:/usr/share/fonts:ro'], Tmpfs: { '/data': 'size=1m', '/tmp': /^rw/ } }
  })
})

t.test('without a limit there is none', async t => {
  t.notOk('Memory' in (containerOptions(chrome, { ...ground, memory: null }).HostConfig ?? {}))
})

t.test('a foreign image is run as its makers expect, and no further', async t => {
  const { HostConfig = {}, OpenStdin } = containerOptions({ ...chrome, image: 'selenoid/chrome:128.0', init: false }, ground)
  t.equal(OpenStdin, false)
  t.notOk('ReadonlyRootfs' in HostConfig)
  t.match(HostConfig.SecurityOpt, ['no-new-privileges', /^seccomp=/])
  t.notOk(HostConfig.CapDrop)
  const fenced = containerOptions({ ...chrome, init: false }, { ...ground, fence: { image: 'tggrid/chrome', rules: '' } })
  t.strictSame(fenced.HostConfig?.CapDrop, ['NET_RAW', 'NET_ADMIN'], 'and not past a closed way')
})

t.test('where containers cannot be reached by their addresses, ports are published to this machine alone', async t => {
  const { HostConfig = {} } = containerOptions(chrome, { ...ground, publish: true })
  t.strictSame((HostConfig.PortBindings as Record<string, unknown>)['4444/tcp'], [{ HostIp: '127.0.0.1', HostPort: '' }])
})
