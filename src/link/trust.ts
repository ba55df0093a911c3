/**
 * Who may speak between routers and agents: who knows the secret, or has a certificate of the grid's own authority. Both by TLS 1.3, which
 * checks before anything is parsed, in constant time, without replay or downgrade: a secret is its pre-shared key (RFC 8446, §2.2 and §4.2.11).
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectPlain, createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer, type ConnectionOptions, type TlsOptions } from 'node:tls'

/** `none`: nobody is asked for anything, which is for loopback only. */
export type Trust =
  | { readonly by: 'none' }
  | { readonly by: 'secret', readonly secret: string }
  | { readonly by: 'certificate', readonly ca: string, readonly cert: string, readonly key: string }

/** As configured: a text, or files of PEM (RFC 7468). */
export interface TrustFiles {
  readonly secret: string | null
  readonly ca: string | null
  readonly cert: string | null
  readonly key: string | null
}

/** What tells hosts of this grid from strangers. Certificates count more than a secret. @throws Error for a file that cannot be read */
export function trustOf ({ secret, ca, cert, key }: TrustFiles): Trust {
  if (ca !== null && cert !== null && key !== null) return { by: 'certificate', ca: readFileSync(ca, 'utf8'), cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  return secret === null ? { by: 'none' } : { by: 'secret', secret }
}

export interface Place {
  readonly host: string
  readonly port: number
}

export function nameOf ({ host, port }: Place): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Where routers and agents listen unless they are told otherwise. */
export const usualPort = 4442

/** @param text `host:port`, `host`, or a URL of these; an IPv6 address in brackets */
export function placeOf (text: string): Place {
  const [, host = '', port] = /^(?:https?:\/\/)?(\[[^\]]*\]|[^:/]*)(?::(\d+))?\/?$/.exec(text) ?? []
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port ?? usualPort) }
}

const sockets = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, allowHalfOpen: true }
const tls13 = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const
/** A pre-shared key belongs to a hash, SHA-256 in Node: of TLS 1.3's ciphers this one has it, and hardware. */
const pskCipher = 'TLS_AES_128_GCM_SHA256'
const identity = 'tggrid/1'
/** For strangers who connect and say nothing, in milliseconds. */
const handshakeTimeout = 5000

/** A server that hands over only sockets whose other side has shown what it has to. */
export function trustingServer (trust: Trust, accept: (socket: Socket) => void): Server {
  switch (trust.by) {
    case 'none': return createPlainServer(sockets, accept)
    case 'secret': return encrypted({ ciphers: pskCipher, pskCallback: (_socket, who) => who === identity ? keyOf(trust.secret) : null }, accept)
    case 'certificate': return encrypted({ ca: trust.ca, cert: trust.cert, key: trust.key, requestCert: true, rejectUnauthorized: true }, accept)
  }
}

/** Bytes can be written at once; they wait until the other side has shown what it has to. */
export function connectTo ({ host, port }: Place, trust: Trust): Socket {
  switch (trust.by) {
    case 'none': return connectPlain({ host, port, ...sockets })
    case 'secret': return tuned(connectTls({ host, port, ...sockets, ...tls13, ciphers: pskCipher, pskCallback: () => ({ psk: keyOf(trust.secret), identity }), checkServerIdentity: () => undefined }))
    case 'certificate': return tuned(connectTls({ host, port, ...sockets, ...tls13, ...certified(trust) }))
  }
}

/** Whoever has a certificate of this authority is one of us, whatever address it is met at: addresses of containers change. */
function certified ({ ca, cert, key }: Extract<Trust, { by: 'certificate' }>): ConnectionOptions {
  return { ca, cert, key, rejectUnauthorized: true, checkServerIdentity: () => undefined }
}

function encrypted (options: TlsOptions, accept: (socket: Socket) => void): Server {
  const server = createTlsServer({ ...tls13, ...options, ...sockets, handshakeTimeout })
  server.on('tlsClientError', (_error, socket) => socket.destroy()) // a stranger is not answered
  return server.on('secureConnection', socket => { accept(tuned(socket)) })
}

function tuned (socket: Socket): Socket {
  return socket.setNoDelay(true).setKeepAlive(true, sockets.keepAliveInitialDelay)
}

function keyOf (secret: string): Buffer {
  return createHash('sha256').update(`tggrid pre-shared key: ${secret}`).digest()
}
