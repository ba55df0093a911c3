/** A name server of a test's own (RFC 1035): A records of one name, which may change, and nothing else. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Test } from 'tap'

export interface NameServer {
  /** `127.0.0.1:port`, as `dns.setServers` takes it. */
  readonly address: string
  /** IPv4 addresses of the name. */
  answers: readonly string[]
  /** Questions that it has answered. */
  asked: number
}

const header = 12
const typeA = 1

/** Whatever name is asked for has these addresses. */
export async function startNameServer (t: Pick<Test, 'teardown'>, answers: readonly string[]): Promise<NameServer> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const server: NameServer = { address: `127.0.0.1:${socket.address().port}`, answers, asked: 0 }
  socket.on('message', (question, { port, address }) => {
    server.asked++
    socket.send(answer(question, server.answers), port, address)
  })
  return server
}

function answer (question: Buffer, addresses: readonly string[]): Buffer {
  const nameEnd = question.indexOf(0, header) + 1
  const records = question.readUInt16BE(nameEnd) === typeA ? addresses.map(record) : []
  const asked = Buffer.from(question.subarray(0, nameEnd + 4))
  asked.writeUInt16BE(0x8180, 2) // an answer, recursion available, no error
  asked.writeUInt16BE(records.length, 6)
  asked.writeUInt32BE(0, 8) // no authorities, nothing additional
  return Buffer.concat([asked, ...records])
}

/** Of the name that was asked for, class IN, to be kept for no time. */
function record (address: string): Buffer {
  return Buffer.from([0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)])
}
