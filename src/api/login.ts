/** `POST /api/auth/login`: a token for a name and a password. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ApiError } from './errors.js'
import type { Passwords } from './passwords.js'
import type { Tokens } from './tokens.js'

export interface LoginOptions {
  readonly passwords: Passwords
  readonly tokens: Tokens
}

const credentials = z.looseObject({
  email: z.string().describe('The user\'s name'),
  password: z.string()
})

export const login: FastifyPluginAsyncZod<LoginOptions> = async (app, { passwords, tokens }) => {
  const schema = {
    tags: ['login'],
    summary: 'Get a token, for `Authorization: Bearer …`',
    body: credentials,
    response: { 200: z.object({ token: z.string() }), 401: z.object({ error: z.string(), message: z.string() }) }
  }
  app.post('/login', { schema }, async request => {
    const { email, password } = request.body
    if (passwords.none) {
      request.log.info({ user: email }, 'no users are configured: this login would have been accepted with any password')
      return { token: tokens.issue('') }
    }
    if (!await passwords.check(email, password)) throw new ApiError(401, 'wrong credentials', 'there is no user with this name and this password')
    return { token: tokens.issue(email) }
  })
}
