import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Product } from '../configuration/page.ts'
import { type AdministeredTestSystem, administeredTestSystem, password } from './administered-system.fixture.ts'
import { fillForShow } from './filled-system.fixture.ts'
import { urlOf } from './menu.ts'

const executablePath = process.env['MRA_CHROMIUM'] ?? '/usr/bin/chromium'
const why = existsSync(executablePath) ? '' : ` (skipped: no browser at ${executablePath})`
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

describe.skipIf(why !== '').each([
  [Product.control, '127.77.4.10'],
  [Product.expressway, '127.77.4.11'],
])(`the pages of a %s${why}`, (product, address) => {
  let vcs: AdministeredTestSystem
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    vcs = await administeredTestSystem({ product, address })
    fillForShow(vcs)
    browser = await chromium.launch({ executablePath, args: quiet })
    page = await newPage()
    await login(page)
  }, 60_000)

  afterAll(async () => {
    await browser.close()
    await vcs[Symbol.asyncDispose]()
  })

  it('can be used by everybody', { timeout: 120_000 }, async () => {
    const tables = pages().filter((each) => each.kind === 'table')
    const urls = [
      ...pages().map(({ path }) => urlOf(path)),
      ...tables.filter(({ isOpen }) => isOpen).map(({ path }) => `${urlOf(path)}/new`),
      `${urlOf('System > Time')}/edit?row=ntp1.example.com`,
      '/configuration/none',
    ]
    for (const url of urls) expect([url, await violations(url)]).toEqual([url, []])
  })

  it('can be used by everybody where something was wrong, and in the dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.goto(`${vcs.url}/configuration/zones/zones/new`)
    await page.getByLabel('Port', { exact: true }).fill('8883')
    await page.getByRole('button', { name: 'Create zone' }).click()
    expect(await page.locator('#errors:focus').count()).toBe(1)
    expect(await violations()).toEqual([])
    await page.getByRole('link', { name: 'Port' }).click()
    expect(await page.locator('#field-port:focus').count()).toBe(1)
    expect(await violations('/status/alarms')).toEqual([])
    expect(await violations('/configuration/zones/zones')).toEqual([])
    await page.emulateMedia({ colorScheme: 'light' })
  })

  it('let everybody log in', async () => {
    const stranger = await newPage()
    await stranger.goto(vcs.url)
    expect(await violations(undefined, stranger)).toEqual([])
    await stranger.close()
  })

  it('show the fields of a choice, by the keyboard and without script', async () => {
    const url = `${vcs.url}/system/time/new`
    await page.goto(url)
    expect(await page.getByLabel('Pass phrase').isVisible()).toBe(false)
    await page.getByLabel('Authentication').focus()
    await page.keyboard.press('ArrowDown')
    expect(await page.getByLabel('Pass phrase').isVisible()).toBe(true)
    const plain = await newPage({ javaScriptEnabled: false })
    await login(plain)
    await plain.goto(url)
    await plain.getByLabel('Authentication').selectOption('Symmetric key')
    await plain.getByRole('button', { name: 'Show the fields for this choice' }).click()
    expect(await plain.getByLabel('Pass phrase').isVisible()).toBe(true)
    await plain.close()
  })

  it('have a menu that closes by Escape', async () => {
    await page.goto(`${vcs.url}/system/dns`)
    const menu = page.getByRole('navigation', { name: 'Menu' })
    await menu.getByText('Maintenance', { exact: true }).focus()
    await page.keyboard.press('Enter')
    expect(await menu.getByRole('link', { name: 'Restart options' }).isVisible()).toBe(true)
    expect(await violations()).toEqual([])
    await page.keyboard.press('Escape')
    expect(await menu.getByRole('link', { name: 'Restart options' }).isVisible()).toBe(false)
  })

  it('need no more width than a telephone has', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    for (const { path } of pages()) {
      await page.goto(vcs.url + urlOf(path))
      const width = await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth)
      expect([path, width]).toEqual([path, 360])
    }
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  /** All of a Control's, and those of an Expressway that a Control has not. */
  const pages = () =>
    vcs.configuration.pages.filter(({ on }) => product === Product.control || !on.includes(Product.control))

  async function newPage(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options })
    return context.newPage()
  }

  async function login(on: Page): Promise<void> {
    await on.goto(`${vcs.url}/login`)
    await on.getByLabel('Username').fill('admin')
    await on.getByLabel('Password').fill(password)
    await on.getByRole('button', { name: 'Login' }).click()
    await on.waitForURL('**/status/**')
  }

  /** What axe finds wrong on a page, in short. */
  async function violations(url?: string, on = page): Promise<string[]> {
    if (url !== undefined) await on.goto(vcs.url + url)
    await on.evaluate(axe)
    const results = (await on.evaluate('axe.run()')) as AxeResults
    return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
  }
})
