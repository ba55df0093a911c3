/** One hop before an upstream, in every way that is compared. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.js'
import { startProgram, type Program } from '../program.js'
import type { Scope } from '../suite.js'

export interface Hop {
  readonly name: string
  readonly port: number
  /** Put before the session's own id in the path. */
  readonly prefix: string
  /** Undefined for the direct way. */
  readonly program: Program | undefined
}

const file = (name: string): string => new URL(`./${name}.js`, import.meta.url).pathname

/** Direct, tggrid, HAProxy, nginx, http-proxy. @param session the driver's own id of the session */
export async function startHops (scope: Scope, port: number, session: string): Promise<Hop[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  scope.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const tggrid = await startNode(scope, 'tggrid', [String(port), session])
  const proxy = await startNode(scope, 'http-proxy', [String(port)])
  return [
    { name: 'direct', port, prefix: '', program: undefined },
    { name: 'tggrid', ...tggrid, prefix: '0123abcd' },
    { name: 'HAProxy', prefix: '', ...await startConfigured(scope, folder, { command: 'haproxy', args: ['-db', '-f'], configuration: listen => haproxy(listen, port) }) },
    { name: 'nginx', prefix: '', ...await startConfigured(scope, folder, { command: 'nginx', args: ['-c'], configuration: listen => nginx(listen, port, folder) }) },
    { name: 'http-proxy', ...proxy, prefix: '' }
  ]
}

/** A process that prints its port. */
export async function startNode (scope: Scope, name: string, args: readonly string[]): Promise<{ port: number, program: Program }> {
  let port = 0
  const program = await startProgram(scope, { command: process.execPath, args: [file(name), ...args], ready: lines => { port = Number(lines[0]); return port > 0 } })
  return { port, program }
}

interface Configured {
  readonly command: string
  readonly args: readonly string[]
  readonly configuration: (listen: number) => string
}

async function startConfigured (scope: Scope, folder: string, { command, args, configuration }: Configured): Promise<{ port: number, program: Program }> {
  const port = await freePort()
  const path = join(folder, `${command}.conf`)
  writeFileSync(path, configuration(port))
  try {
    return { port, program: await startProgram(scope, { command, args: [...args, path], ready: () => listens(port) }) }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new Error(`${command} is not there to compare with: apt-get install ${command}`) : error
  }
}

function listens (port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' }, () => { socket.destroy(); resolve(true) })
    socket.on('error', () => resolve(false))
  })
}

function haproxy (listen: number, port: number): string {
  return `global
  nbthread 1
  maxconn 1000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
  option http-keep-alive
  http-reuse always
frontend f
  bind 127.0.0.1:${listen}
  default_backend b
backend b
  server s 127.0.0.1:${port}
`
}

function nginx (listen: number, port: number, folder: string): string {
  return `daemon off;
master_process off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000;
  upstream b { server 127.0.0.1:${port}; keepalive 64; keepalive_requests 1000000000; }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${listen};
    location / {
      proxy_pass http://b;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`
}
