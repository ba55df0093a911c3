/** A container with nothing but our init (src/init) and a small program in the driver's place, and the line to it. */
import { readFileSync } from 'node:fs'
import { PassThrough, type Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { Test } from 'tap'
import { containerOptions, type ContainerOffer } from '../../src/runtime/container-options.js'
import { InitChannel } from '../../src/runtime/init-channel.js'
import { docker, execAs } from './engine.js'

export interface InitContainer {
  readonly container: Docker.Container
  readonly ip: string
  readonly channel: InitChannel
  /** Sends a line and resolves with the answer that begins with one of the words. */
  ask (line: string, ...answers: readonly string[]): Promise<string>
  /** Writes the beginning of a line, and ends the connection as an agent does that is killed. */
  cut (begin: string): void
}

/** Answers on the driver's port, and echoes on 7001 of the loopback. */
const driver = `const net = require('node:net')
net.createServer(socket => socket.end()).listen(4444)
net.createServer({ allowHalfOpen: true }, socket => socket.on('error', () => {}).pipe(socket)).listen(7001, '127.0.0.1')`

const offer: ContainerOffer = {
  browserName: 'chrome',
  browserVersion: '1',
  platformName: 'linux',
  image: 'tggrid/chrome',
  init: true,
  command: ['--ready', '4444', '--forward', '9222', '--', 'node', '-e', driver],
  port: 4444,
  base: '',
  needs: { args: [], headless: false, noSandbox: false, disableFeatures: [] },
  settings: { env: [], hosts: [], volumes: [], tmpfs: {}, labels: {}, sysctl: {}, shmSize: undefined, memory: undefined, cpu: undefined }
}

/** Starts one, ready; it is removed when the test is over. */
export async function startInit (t: Test): Promise<InitContainer> {
  const ground = { agent: '00000000', network: 'bridge', seccomp: readFileSync('config/seccomp.json', 'utf8'), memory: 512, publish: false }
  const container = await docker.createContainer(containerOptions(offer, ground))
  t.teardown(async () => { await container.remove({ force: true }).catch(() => {}) }) // ended and gone by itself
  const stream = await open(container)
  const channel = channelOn(stream)
  await container.start()
  await channel.ready(AbortSignal.timeout(10_000))
  const { NetworkSettings } = await container.inspect()
  const ip = NetworkSettings.Networks['bridge']?.IPAddress ?? ''
  return {
    container,
    ip,
    channel,
    ask: async (line, ...answers) => await channel.ask(line, answers, AbortSignal.timeout(15_000)),
    cut: begin => { stream.end(begin) }
  }
}

/** A line to its init, as a restarted agent opens one. */
export async function attach (container: Docker.Container): Promise<InitChannel> {
  const stream = await open(container)
  stream.write('\x18') // an agent that was killed may have left half a line
  return channelOn(stream)
}

async function open (container: Docker.Container): Promise<Duplex> {
  return await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true }) as Duplex
}

function channelOn (stream: Duplex): InitChannel {
  const output = new PassThrough()
  docker.modem.demuxStream(stream, output, new PassThrough().resume())
  return new InitChannel(stream, output)
}

/** Starts a command in it as a user, and resolves with what it prints when it ends. */
export async function run (container: Docker.Container, user: string, ...command: string[]): Promise<string> {
  return (await execAs(container, user, ...command)).trim()
}
