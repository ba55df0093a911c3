/** Selenium's Python client, as its users write it. */
import t from 'tap'
import { startGrid } from '../support/grid.js'
import { leasedOf } from '../support/pool.js'
import { pythonMissing, runPython } from '../support/python.js'
import { startSite } from '../support/site.js'

const head = `
import json, os, sys, tempfile
from selenium import webdriver
from selenium.webdriver import ChromeOptions
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.file_detector import LocalFileDetector
hub, site = sys.argv[1:]
driver = webdriver.Remote(hub, options=ChromeOptions())
`

/** Runs a script that prints one JSON value. */
async function python (script: string, ...args: string[]): Promise<unknown> {
  return JSON.parse(await runPython(head + script, ...args))
}

t.test('the Python client', { skip: pythonMissing() }, async t => {
  const grid = await startGrid(t)
  const site = await startSite(t)

  for (const path of ['', '/wd/hub']) {
    t.test(`webdriver.Remote(url, options=ChromeOptions()) works at ${path === '' ? 'the plain address' : path}, and quit() frees the slot`, async t => {
      const said = await python(`
driver.get(site)
driver.find_element(By.ID, "name").send_keys("Ann")
driver.find_element(By.ID, "buy").click()
driver.add_cookie({"name": "basket", "value": "7"})
said = [driver.title, driver.find_element(By.ID, "out").text, driver.get_cookie("basket")["value"], driver.execute_script("return arguments[0] * 2", 21)]
said.append(driver.get_screenshot_as_png()[1:4].decode())
driver.quit()
print(json.dumps(said))
`, grid.hub + path, site)
      t.strictSame(said, ['Bought', 'thank you', '7', 42, 'PNG'])
      t.equal(await leasedOf(grid.hub), 0)
    })
  }

  t.test('a local file is uploaded to the browser\'s machine', async t => {
    const said = await python(`
driver.file_detector = LocalFileDetector()
driver.get(site)
file = tempfile.NamedTemporaryFile(suffix=".txt")
file.write("grüße".encode())
file.flush()
driver.find_element(By.ID, "file").send_keys(file.name)
content = driver.execute_async_script("document.getElementById('file').files[0].text().then(arguments[0])")
name = driver.execute_script("return document.getElementById('file').files[0].name")
driver.quit()
print(json.dumps([content, name == os.path.basename(file.name)]))
`, grid.hub, site)
    t.strictSame(said, ['grüße', true])
  })

  t.test('closing the last window frees the slot, closing another one does not', async t => {
    const said = await python(`
driver.get(site)
first = driver.current_window_handle
driver.switch_to.new_window("tab")
driver.close()
driver.switch_to.window(first)
title = driver.title
driver.close()
try:
  driver.title
  late = "answered"
except Exception as error:
  late = str(error)
print(json.dumps([title, late]))
`, grid.hub, site)
    t.match(said, ['Shop', /ended: its last window was closed/])
    t.equal(await leasedOf(grid.hub), 0)
  })

  t.test('a password in the URL is enough where users are configured', async t => {
    const guarded = await startGrid(t, { users: [{ name: 'ann', password: 'sesame' }] })
    const url = new URL(guarded.hub)
    url.username = 'ann'
    url.password = 'sesame'
    const said = await python('driver.get(site)\nprint(json.dumps(driver.title))\ndriver.quit()\n', url.href.replace(/\/$/, ''), site)
    t.equal(said, 'Shop')
  })
})
