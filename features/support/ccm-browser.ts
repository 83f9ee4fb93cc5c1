import type { Browser, Page as BrowserPage } from 'playwright-core'
import type { Login } from './browser.ts'
import { Mismatch } from './matchers.ts'

/** Cisco Unified CM Administration in a browser: its menu, its labels, its Save. */
export class CcmDesk {
  readonly #page: BrowserPage

  private constructor(page: BrowserPage) {
    this.#page = page
  }

  static async open(browser: Browser, { url, username, password }: Login): Promise<CcmDesk> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, httpCredentials: { username, password } })
    const page = await context.newPage()
    await page.goto(url)
    return new CcmDesk(page)
  }

  /** One page, one form: chooses it, fills it in and saves it. */
  async save(menu: string, values: Readonly<Record<string, string>>): Promise<void> {
    await this.#page.getByRole('navigation', { name: 'Menu' }).getByRole('link', { name: menu, exact: true }).click()
    for (const [label, value] of Object.entries(values)) await this.#page.getByLabel(label).selectOption(value)
    await this.#page.getByRole('button', { name: 'Save' }).click()
    await this.#page.getByRole('heading', { level: 1, name: menu }).waitFor()
    const refusals = await this.#page.getByRole('alert').allInnerTexts()
    if (refusals.length > 0) throw new Mismatch(menu, 'taken', refusals.join('\n'))
  }
}
