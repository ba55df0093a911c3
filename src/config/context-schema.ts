/** The part of the configuration that is about sessions that share a browser. */
import { z } from 'zod'
import { about } from './about.js'

export const isolation = z.enum(['auto', 'container', 'process', 'context']).default('auto').register(about, {
  name: 'isolation',
  meaning: 'What a session is that does not ask for anything: container or process (a browser of its own, as runtime has it: auto), or context (in a browser that it shares with its user\'s others)'
})

export const context = z.strictObject({
  allowed: z.boolean().default(true).register(about, {
    name: 'contexts', meaning: 'Whether a session may ask to be a browser context (isolation: context); it shares a browser with its user\'s other ones'
  }),
  sessions: z.int().min(1).max(1_000_000).default(25).register(about, {
    name: 'context-sessions', meaning: 'Most sessions that share a browser: so many end when it crashes'
  }),
  uses: z.int().min(1).max(1_000_000).default(1000).register(about, {
    name: 'context-uses', meaning: 'Sessions after which a shared browser gets no further ones, and goes with its last'
  }),
  age: z.number().min(1).max(2_147_483).default(3600).register(about, {
    name: 'context-age', unit: 's', meaning: 'Age from which on a shared browser gets no further sessions'
  }),
  memory: z.int().min(1).max(1_000_000).default(4096).register(about, {
    name: 'context-memory', unit: 'MB', meaning: 'Memory from which on a shared browser gets no further sessions'
  })
})
