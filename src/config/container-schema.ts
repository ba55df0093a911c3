/** The part of the configuration that is about containers. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { about } from './about.js'
import { none } from './none.js'

/** An address, or one with the length of a prefix (CIDR). */
function isNetwork (text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)]
  return most !== undefined && rest.length === 0 && (length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= most))
}

export const container = z.strictObject({
  engine: z.string().min(1).register(about, {
    name: 'container-engine', alias: 'DOCKER_HOST', meaning: 'Where the Docker engine listens', computed: 'unix:///var/run/docker.sock'
  }),
  images: z.array(z.string().min(1)).default(['tggrid/chrome']).register(about, {
    name: 'container-images', meaning: 'Images with browsers, where browsers.json lists none; missing ones are fetched'
  }),
  networks: z.array(z.string().min(1)).default([]).register(about, {
    name: 'container-networks', meaning: 'Networks of the engine that sessions may join (selenoid:options.additionalNetworks)'
  }),
  egress: z.enum(['any', 'public']).default('any').register(about, {
    name: 'container-egress', meaning: 'Where containers may open connections to: whatever their network leads to, or public addresses only, neither the host nor private ones'
  }),
  allowed: z.array(z.string().refine(isNetwork, 'an address or a network such as 10.0.0.9 or 10.1.0.0/16').describe('addresses or networks such as 10.0.0.9 or 10.1.0.0/16')).default([]).register(about, {
    name: 'container-allowed', meaning: 'What containers may reach all the same where container.egress is public'
  }),
  recycle: z.enum(['browser', 'container']).default('browser').register(about, {
    name: 'container-recycle', meaning: 'What is replaced between two sessions: all that runs and was written in the container, or the container'
  }),
  memory: none(z.int().min(64).max(2 ** 24)).default(1024).register(about, {
    name: 'container-memory', alias: 'MAX_MEMORY_PER_CONTAINER', unit: 'MB', meaning: 'Memory limit of a browser\'s container; local processes have none'
  }),
  maxMemory: none(z.int().min(64).max(2 ** 24)).default(null).register(about, {
    name: 'container-max-memory', unit: 'MB', meaning: 'Most memory that a session may ask for (tggrid:options.memory); none is container.memory'
  }),
  maxCpu: none(z.number().min(0.01).max(1024)).default(null).register(about, {
    name: 'container-max-cpu', unit: 'cores', meaning: 'Most of the processor that a session may ask for (tggrid:options.cpu); none is container.cpu'
  }),
  cpu: none(z.number().min(0.01).max(1024)).default(null).register(about, {
    name: 'container-cpu', alias: 'MAX_CPU_PER_CONTAINER', unit: 'cores', meaning: 'Processor limit of a browser\'s container; local processes have none'
  })
})
