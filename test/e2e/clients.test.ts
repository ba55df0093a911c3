/** The clients that people use, unchanged but for the address, with real Chromium. */
import t, { type Test } from 'tap'
import selenium, { type WebDriver } from 'selenium-webdriver'
import { remote } from 'webdriverio'
import { leasedOf } from '../support/pool.js'
import { startGrid } from '../support/grid.js'
import { startSite } from '../support/site.js'

const { Builder, By, until } = selenium

const grid = await startGrid(t)
const site = await startSite(t)

for (const path of ['', '/wd/hub']) {
  t.test(`selenium-webdriver drives a page at ${path === '' ? 'the plain address' : path}`, async t => {
    const driver = await new Builder().usingServer(grid.hub + path).forBrowser('chrome').build()
    t.teardown(() => driver.quit().catch(() => {}))
    t.equal(await leasedOf(grid.hub), 1)
    await drive(t, driver)
    await driver.quit()
    t.equal(await leasedOf(grid.hub), 0, 'quitting frees the slot')
  })
}

async function drive (t: Test, driver: WebDriver): Promise<void> {
  await driver.get(site)
  t.equal(await driver.getTitle(), 'Shop')
  await driver.findElement(By.id('name')).sendKeys('Ann')
  t.equal(await driver.findElement(By.id('name')).getAttribute('value'), 'Ann')
  await driver.findElement(By.id('buy')).click()
  await driver.wait(until.titleIs('Bought'), 5000)
  t.equal(await driver.findElement(By.id('out')).getText(), 'thank you')
  await driver.manage().addCookie({ name: 'basket', value: '7' })
  t.match(await driver.manage().getCookie('basket'), { name: 'basket', value: '7' })
  t.equal(await driver.executeScript('return arguments[0] + 1', 41), 42)
  t.equal(Buffer.from(await driver.takeScreenshot(), 'base64').toString('latin1', 1, 4), 'PNG')
  await driver.navigate().to(`${site}/other`)
  await driver.navigate().back()
  t.equal(await driver.getCurrentUrl(), `${site}/`)
  t.equal(await driver.executeScript('return open("/other") !== null'), true, 'a script that opens a window is answered')
  t.equal((await driver.getAllWindowHandles()).length, 2)
}

t.test('selenium-webdriver listens to the page by DevTools on the address that it was given', async t => {
  const driver = await new Builder().usingServer(grid.hub).forBrowser('chrome').build()
  t.teardown(() => driver.quit().catch(() => {}))
  await driver.get(site)
  const devtools = await driver.createCDPConnection('page')
  const { result } = JSON.parse(JSON.stringify(await devtools.send('Runtime.evaluate', { expression: 'document.title' }))) as { result: { result: { value: string } } }
  t.equal(result.result.value, 'Shop')
})

t.test('webdriverio drives a page over BiDi', async t => {
  const { hostname, port } = new URL(grid.hub)
  const browser = await remote({ hostname, port: Number(port), logLevel: 'error', capabilities: { browserName: 'chrome' } })
  t.teardown(() => browser.deleteSession().catch(() => {}))
  t.ok(browser.isBidi)
  await browser.url(site)
  t.equal(await browser.getTitle(), 'Shop')
  await browser.$('#name').setValue('Ann')
  t.equal(await browser.$('#name').getValue(), 'Ann')
  await browser.$('#buy').click()
  t.equal(await browser.$('#out').getText(), 'thank you')
  t.equal(await browser.execute(() => 6 * 7), 42)
  const tree = await browser.browsingContextGetTree({})
  t.equal(tree.contexts[0]?.url, `${site}/`)
  const uploaded = await browser.uploadFile(process.argv[1] ?? '')
  t.match(uploaded, /clients\.test\.js$/)
  await browser.deleteSession()
  t.equal(await leasedOf(grid.hub), 0)
})
