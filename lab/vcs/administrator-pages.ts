import { Agent } from 'undici'

/** A page as it came: what stands in its HTML is what the administrator sees. */
export interface ShownPage {
  readonly status: number
  readonly html: string
}

/** An administrator who works with the pages of one VCS on 443: logs in, opens pages, sends forms. No script runs. */
export class AdministratorPages implements AsyncDisposable {
  readonly #origin: string
  readonly #agent: Agent
  #cookie = ''
  #token = ''

  static async logIn(at: {
    readonly url: string
    readonly username: string
    readonly password: string
  }): Promise<AdministratorPages> {
    const pages = new AdministratorPages(at.url)
    const { status } = await pages.#send('POST', '/login', { username: at.username, password: at.password })
    if (status !== 303) throw new Error(`the login at ${at.url} was answered ${status}`)
    await pages.open('Status > Alarms')
    return pages
  }

  private constructor(url: string) {
    this.#origin = new URL(url).origin
    // A new system has its factory certificate, at which a browser asks.
    this.#agent = new Agent({ connect: { rejectUnauthorized: false, timeout: 5_000 } })
  }

  /** The page at a menu path; `below` leads to one of its forms: `new`, `edit?row=…`. */
  open(path: string, below = ''): Promise<ShownPage> {
    return this.#send('GET', `${addressOfPage(path)}${below === '' || below.startsWith('?') ? '' : '/'}${below}`)
  }

  /** What a link of a page leads to. */
  follow(href: string): Promise<ShownPage> {
    return this.#send('GET', href)
  }

  /** Sends the form of a page; fields by their names. */
  submit(path: string, below: string, fields: Readonly<Record<string, string>>): Promise<ShownPage> {
    return this.#send('POST', `${addressOfPage(path)}/${below}`, { _token: this.#token, ...fields })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }

  async #send(method: 'GET' | 'POST', path: string, fields?: Readonly<Record<string, string>>): Promise<ShownPage> {
    const { statusCode, headers, body } = await this.#agent.request({
      origin: this.#origin,
      path,
      method,
      headers: {
        ...(this.#cookie === '' ? {} : { cookie: this.#cookie }),
        ...(fields === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(fields === undefined ? {} : { body: new URLSearchParams(fields).toString() }),
    })
    const html = await body.text()
    const [cookie] = [headers['set-cookie'] ?? []].flat()
    if (cookie !== undefined) this.#cookie = cookie.split(';')[0]!
    this.#token = /name="_token" value="([0-9a-f]{32})"/.exec(html)?.[1] ?? this.#token
    return { status: statusCode, html }
  }
}

/** `Configuration > Zones > Zones` stands at `/configuration/zones/zones`. */
function addressOfPage(path: string): string {
  const steps = path.split('>').map((step) => step.trim().toLowerCase().replaceAll('&', 'and'))
  return `/${steps.map((step) => step.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')).join('/')}`
}
