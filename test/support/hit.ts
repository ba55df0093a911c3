/** The shortest useful session of Selenium's: open before it was asked for, and its container used again afterwards. */
import selenium from 'selenium-webdriver'
import type { Test } from 'tap'
import type { TestGrid } from './grid.js'
import { metricsOf } from './pool.js'
import { until } from './until.js'

const page = 'data:text/html,<title>Shop</title><button>Buy</button>'

/** @param name of the browser, as a client calls it */
export async function hitAndReuse (t: Test, { hub }: TestGrid, name: string): Promise<void> {
  const { poolHits, totalReused } = await metricsOf(hub)
  const driver = await new selenium.Builder().usingServer(hub).forBrowser(name).build()
  await driver.get(page)
  t.equal(await driver.getTitle(), 'Shop')
  await driver.findElement(selenium.By.css('button')).click()
  t.match(await driver.takeScreenshot(), /^iVBOR/)
  await driver.quit()
  await until('it is clean again', async () => (await metricsOf(hub)).totalReused > totalReused)
  t.equal((await metricsOf(hub)).poolHits, poolHits + 1)
}
