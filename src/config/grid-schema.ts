/** The part of the configuration that is about a grid of many hosts. */
import { z } from 'zod'
import { about } from './about.js'
import { none } from './none.js'

const host = String.raw`([\w.-]+|\[[\da-fA-F:.]+\])`
const file = () => none(z.string().min(1)).default(null)

/** Where an agent or a router is: a URL's scheme may stand before it, and the port may be left out. */
const place = z.string().regex(new RegExp(String.raw`^(https?://)?${host}(:\d{1,5})?/?$`)).describe('addresses such as 10.0.0.7:4442')
const member = z.string().regex(new RegExp(String.raw`^(dns:[\w.-]+|(https?://)?${host})(:\d{1,5})?/?$`)).describe('addresses such as 10.0.0.7:4442, or DNS names such as dns:tasks.agent:4442')

export const role = z.enum(['all', 'router', 'agent']).default('all').register(about, {
  name: 'role', meaning: 'What this process is: a router, an agent with browsers, or both (tggrid router and tggrid agent say it too)'
})

export const grid = z.strictObject({
  port: none(z.int().min(0).max(65535)).register(about, {
    name: 'grid-port',
    meaning: 'Port on which routers and agents speak to each other; 0 takes any free one, none leaves it out',
    computed: '4442 for a router and an agent, and wherever there is a secret or a certificate; otherwise none'
  }),
  host: z.string().regex(new RegExp(`^${host}$`)).register(about, {
    name: 'grid-host', meaning: 'Address of grid.port', computed: '0.0.0.0 with a secret or a certificate, otherwise 127.0.0.1'
  }),
  secret: none(z.string().min(16).describe('a text of at least 16 characters')).register(about, {
    name: 'secret', secret: true, spoken: true, meaning: 'What routers and agents of a grid know, and nobody else; others on the machine can read it in the arguments, so that secret-file is better', computed: 'what is in grid.secretFile'
  }),
  secretFile: file().register(about, { name: 'secret-file', meaning: 'File with the secret, such as a secret of Docker or Kubernetes' }),
  ca: file().register(about, { name: 'grid-ca', meaning: 'Certificate of the grid\'s own authority: with it, only who has a certificate of it is spoken to' }),
  cert: file().register(about, { name: 'grid-cert', meaning: 'This host\'s certificate' }),
  key: file().register(about, { name: 'grid-key', meaning: 'Key of this host\'s certificate' }),
  join: z.array(place).default([]).register(about, {
    name: 'join', meaning: 'Routers that an agent tells that it is there: host:port of their grid port'
  }),
  agents: z.array(member).default([]).register(about, {
    name: 'agents', meaning: 'Agents that a router looks for: host:port, or dns:name:port for all addresses of a name, which are followed as they change'
  }),
  advertise: none(place).default(null).register(about, {
    name: 'advertise', meaning: 'Where routers reach this agent; none is the address from which it asks, and its grid port'
  }),
  labels: z.array(z.string().regex(/^[\w.-]{1,63}=[\w.-]{1,63}$/).describe('labels such as region=eu')).default([]).register(about, {
    name: 'labels', meaning: 'What sessions may ask of this host (tggrid:options.labels)'
  }),
  weight: z.number().min(0.01).max(1000).default(1).register(about, {
    name: 'weight', meaning: 'This host\'s share of sessions beside others\', by round-robin'
  }),
  patience: z.number().min(0).max(600).default(2).register(about, {
    name: 'patience', unit: 's', meaning: 'Commands wait so long for an agent whose process ended, and may be back at once'
  })
})
