/**
 * A session id carries its route: 8 hex digits that name the agent, then the driver's own session id.
 * So a router keeps no table, and the way to the driver is the path without those 8 bytes.
 */

/** `<8 hex of the agent><the driver's session id>`, such as `5ff2a01c2f0d54b24ab9be02eae5eacc6031db91`. */
export type SessionId = string

/** Length of the agent's part, in characters. */
export const routeLength = 8

/** @param agent the agent's identity: 8 lower-case hex digits */
export function sessionId (agent: string, driverSession: string): SessionId {
  return agent + driverSession
}

/** The agent that a session id names. Says nothing about whether such an agent exists. */
export function routeOf (id: SessionId): string {
  return id.slice(0, routeLength)
}
