import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Locator, Page as BrowserPage } from 'playwright-core'
import { chromium } from 'playwright-core'
import { waitFor } from '#runtime/wait.ts'
import { Mismatch } from './matchers.ts'

/** Where Debian puts it; `MRA_CHROMIUM` names another. */
const executablePath = process.env['MRA_CHROMIUM'] ?? '/usr/bin/chromium'

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function openBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error(`there is no browser at ${executablePath}`)
  return chromium.launch({ executablePath, args: quiet })
}

export interface Login {
  readonly url: string
  readonly username: string
  readonly password: string
}

/**
 * The pages of one VCS in a browser. Everything is found as a person finds it: by the menu, by labels, headings, buttons
 * and links; the only address that is typed is the first one.
 */
export class VcsDesk {
  readonly #page: BrowserPage
  readonly #login: Login

  private constructor(page: BrowserPage, login: Login) {
    this.#page = page
    this.#login = login
  }

  /** A browser window of its own, without what others have logged in to. */
  static async open(browser: Browser, login: Login): Promise<VcsDesk> {
    // A VCS out of the box has a certificate of its own making, at which a browser asks.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1200, height: 800 } })
    context.setDefaultTimeout(patienceMs)
    return new VcsDesk(await context.newPage(), login)
  }

  async showLogin(): Promise<void> {
    await this.#page.goto(this.#login.url)
  }

  async logIn(): Promise<void> {
    await this.showLogin()
    await this.#enterLogin()
  }

  async #enterLogin(): Promise<void> {
    await this.#page.getByLabel('Username').fill(this.#login.username)
    await this.#page.getByLabel('Password').fill(this.#login.password)
    await this.#page.getByRole('button', { name: 'Login' }).click()
    await this.#page.getByRole('button', { name: 'Log out' }).waitFor()
  }

  /** Behind a restart the login counts no more. */
  async logInAgain(hasRestarted: () => Promise<boolean>): Promise<void> {
    await waitFor('the system to restart', hasRestarted, { limitMs: 20_000, everyMs: 50 })
    await this.#page.getByLabel('Username').waitFor()
    await this.#enterLogin()
  }

  /** `Configuration > Zones > Zones` */
  async choose(path: string): Promise<void> {
    const [top, ...steps] = path.split(' > ')
    const menu = this.#page.getByRole('navigation', { name: 'Menu' })
    const heading = this.#page.locator('summary').filter({ hasText: new RegExp(String.raw`^\s*${top}\s*$`) })
    await menu.locator(heading).click()
    let place = menu.getByRole('listitem').filter({ has: heading })
    for (const step of steps) {
      place = place
        .getByRole('listitem')
        .filter({ has: this.#page.getByText(step, { exact: true }) })
        .first()
    }
    await place.getByRole('link', { name: steps.at(-1)!, exact: true }).click()
    await this.mustBeAt(path)
  }

  async press(button: string): Promise<void> {
    await this.#page.getByRole('button', { name: button, exact: true }).click()
  }

  /** A button that only asks again is pressed twice. */
  async pressAndConfirm(button: string): Promise<void> {
    await this.press(button)
    await this.#page.getByRole('heading', { level: 1, name: button }).waitFor()
    await this.press(button)
  }

  async follow(link: string): Promise<void> {
    await this.#page.getByRole('link', { name: link, exact: true }).first().click()
  }

  /** Follows a link that opens a window of its own, and answers that window. */
  async followToWindow(link: string): Promise<VcsDesk> {
    const opened = this.#page.context().waitForEvent('page')
    await this.follow(link)
    return new VcsDesk(await opened, this.#login)
  }

  async close(): Promise<void> {
    await this.#page.close()
  }

  /** Fills the fields by their labels, in the order given. */
  async enter(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(values)) {
      const field = this.field(label)
      const isChoice = (await field.evaluate(({ tagName }) => tagName)) === 'SELECT'
      if (isChoice) await field.selectOption(value)
      else await field.fill(value)
    }
  }

  /** The star behind the label of a mandatory field is part of what is read. */
  field(label: string): Locator {
    const escaped = label.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    const control = this.#page.locator('input, select, textarea')
    return this.#page.getByLabel(new RegExp(String.raw`^\s*${escaped}\s*\*?\s*$`)).and(control)
  }

  /** What the page says behind something was sent. */
  async told(): Promise<string> {
    const good = this.#page.getByRole('status')
    const bad = this.#page.getByRole('alert')
    await good.or(bad).first().waitFor()
    return [...(await bad.allInnerTexts()), ...(await good.allInnerTexts())].join('\n')
  }

  /** Throws where the page says no. */
  async mustBeTaken(what: string): Promise<void> {
    await this.#page.getByRole('heading', { level: 1 }).waitFor()
    const refusals = await this.#page.getByRole('alert').allInnerTexts()
    if (refusals.length > 0) throw new Mismatch(what, 'taken', refusals.join('\n'))
  }

  /** Rows of the table with this caption, cell by cell, the heading first. */
  async table(caption: string): Promise<string[][]> {
    const table = this.#page.getByRole('table', { name: caption, exact: true })
    await table.waitFor()
    const rows = await table.getByRole('row').all()
    return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()))
  }

  /** Labels of the form with their stars, in the order of the page. */
  async labels(): Promise<string[]> {
    const labels = await this.#page.locator('form label:visible').allInnerTexts()
    return labels.map((label) => label.replaceAll(/\s+/g, ' ').trim())
  }

  /** All that the page says. */
  async text(): Promise<string> {
    return this.#page.getByRole('main').innerText()
  }

  async heading(): Promise<string> {
    return this.#page.getByRole('heading', { level: 1 }).innerText()
  }

  /** Loads the page until it says what is waited for. */
  async reloadUntil(what: string, fits: () => Promise<boolean>, lastSeen: () => unknown): Promise<void> {
    const again = async () => {
      if (await fits()) return true
      await this.#page.reload()
      return false
    }
    await waitFor(what, again, { limitMs: 15_000, everyMs: 100, lastSeen })
  }

  /** The text of a file that a button gives. */
  async download(button: string): Promise<string> {
    const started = this.#page.waitForEvent('download')
    await this.press(button)
    return readFileSync(await (await started).path(), 'utf8')
  }

  /** A picture for docs/administration.md, where `MRA_SCREENSHOTS` names a folder for it. */
  async picture(subject: string): Promise<void> {
    const [folder, name] = [process.env['MRA_SCREENSHOTS'], documented[subject]]
    if (folder === undefined || name === undefined) return
    mkdirSync(folder, { recursive: true })
    const { y, height } = (await this.#page.getByRole('main').boundingBox())!
    const clip = { x: 0, y: 0, width: 1200, height: Math.min(y + height, tallest[name] ?? 1_200) }
    await this.#page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, clip })
  }

  async mustBeAt(path: string): Promise<void> {
    const place = this.#page.getByRole('navigation', { name: 'You are here' })
    const steps = path.split(' > ')
    await place
      .getByRole('listitem')
      .nth(steps.length - 1)
      .waitFor()
    const found = (await place.getByRole('listitem').allInnerTexts()).map((step) => step.trim())
    if (found.join(' > ') !== path) throw new Mismatch('the page that the menu leads to', path, found.join(' > '))
  }
}

/** A page is there long before; a person would have gone for coffee. */
const patienceMs = 20_000

/** Pictures of docs/administration.md by what a scenario has on its screen. */
const documented: Readonly<Record<string, string>> = {
  'vcsc1-login': 'login',
  'vcsc1-configuration-unified-communications-configuration': 'unified-communications-configuration',
  'vcsc1-configuration-domains-new': 'domains',
  'vcsc1-configuration-unified-communications-unified-cm-servers': 'unified-cm-servers',
  'vcse1-server-certificate': 'server-certificate',
  'vcse1-zone-new': 'traversal-zone',
  'vcsc1-status-unified-communications': 'status-unified-communications',
  'vcsc1-status-alarms-says': 'alarms',
  'vcsc1-status-logs-event-log': 'event-log',
  'vcsc1-status-calls-calls': 'calls',
}

/** Where less shows enough, CSS pixels. */
const tallest: Readonly<Record<string, number>> = { 'event-log': 500, 'server-certificate': 880 }
