/** A container of a foreign image (Selenium's, Selenoid's) as a slot's place: it serves one session, since nobody knows what its image leaves where. */
import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { ContainerPlace } from './container-place.js'
import type { Death, Way } from './runtime.js'

/** How often it is looked whether the driver is up, in milliseconds. */
const interval = 25

export class SingleUsePlace extends ContainerPlace {
  /** Resolves when its driver says that it is ready (W3C WebDriver, §8.3 "status"). Rejects with what the container printed when it ends, or the signal's reason. */
  async ready (signal: AbortSignal): Promise<void> {
    let death: Death | undefined
    void this.died.then(died => { death = died })
    while (!await isReady(this.driver)) {
      if (death !== undefined) throw new Error(death.why)
      await pause(interval, undefined, { signal })
    }
  }

  /** Only the driver's own port is known to lead anywhere: Chrome's DevTools listen on its loopback. */
  async reach (): Promise<undefined> {}
}

function isReady ({ address, path, host }: Way): Promise<boolean> {
  return new Promise(resolve => {
    request({ ...address, path: `${path}/status`, headers: { Host: host }, agent: false, timeout: 2000 }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => { body += text })
      response.on('end', () => resolve(response.statusCode === 200 && !/"ready"\s*:\s*false/.test(body))).on('error', () => resolve(false))
    }).on('timeout', function (this: { destroy (): void }) { this.destroy() }).on('error', () => resolve(false)).end()
  })
}
