/** Of whose memory there was too little, when the kernel killed for it in a container: the container's limit, or all that its host has. */
import type { InitChannel } from './init-channel.js'

const answerDeadline = 1000
/** An engine may say so a moment before the kernel kills: how often it is looked again, and after how long, in milliseconds. */
const looks = 10
const pause = 100

/** `unknown`: there is no init of ours, or an older one. */
export type Shortage = 'none' | 'limit' | 'host' | 'unknown'

/** Never rejects. */
export async function shortageIn (init: InitChannel | undefined): Promise<Shortage> {
  const answer = await init?.ask('memory', ['memory', 'unknown'], AbortSignal.timeout(answerDeadline)).catch(() => {})
  const [, killed, full] = /^memory (\d+) (full|room)$/.exec(answer ?? '') ?? []
  if (killed === undefined) return 'unknown'
  return killed === '0' ? 'none' : full === 'full' ? 'limit' : 'host'
}

/**
 * After the engine has said that memory ran out: by cgroups' version 1 it says so of every container below the limit that was reached, be it
 * of all of them together, and also of those in which nothing was killed. Never rejects.
 */
export async function shortageSoon (init: InitChannel | undefined): Promise<Shortage> {
  for (let look = 1; ; look++) {
    const shortage = await shortageIn(init)
    if (shortage !== 'none' || look === looks) return shortage
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}
